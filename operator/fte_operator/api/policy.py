"""``spec.policy`` and ``spec.budget``: rules of the house, and what its answers may cost."""

from typing import Annotated, Literal

from pydantic import Field

from fte_operator.api.base import ApiModel
from fte_operator.api.model import ModelName, Prices

Phrase = Annotated[str, Field(min_length=2, max_length=80)]
Usd = Annotated[int, Field(ge=1, le=1_000_000)]


class Escalation(ApiModel):
    """Which questions a person answers although the knowledge does."""

    pricing: Literal["Always", "WhenNegotiated"] = "Always"
    refund: Literal["Always", "WhenDisputed"] = "Always"


class Verifier(ApiModel):
    """A model at the employee's endpoint that reads Grounded replies before they are sent; priced alike if not said."""

    name: ModelName
    prices: Prices | None = None


class Policy(ApiModel):
    """What a person wants to see before a customer does. A verifier is another model than `spec.model`."""

    reply_mode: Literal["Verbatim", "Grounded"] = "Verbatim"
    verifier: Verifier | None = None
    escalation: Escalation = Escalation()
    escalation_keywords: Annotated[tuple[Phrase, ...], Field(max_length=64)] = ()
    competitors: Annotated[tuple[Phrase, ...], Field(max_length=64)] = ()
    forbidden_topics: Annotated[
        tuple[Annotated[str, Field(min_length=3, max_length=200)], ...], Field(max_length=32)
    ] = ()


class Budget(ApiModel):
    """What may be spent, in US dollars. Days and years are UTC's."""

    daily_usd: Annotated[Usd | None, Field(alias="dailyUSD")] = None
    yearly_usd: Annotated[Usd, Field(alias="yearlyUSD")] = 1000
    on_exceeded: Literal["Acknowledge"] = "Acknowledge"
