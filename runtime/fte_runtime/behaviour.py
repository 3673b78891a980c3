"""The behaviour document: everything the answers depend on, apart from code."""

import hashlib
from datetime import time
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from fte_agent.domain.behaviour import (
    Behaviour,
    BusinessHours,
    Company,
    HostedEmbedding,
    HostedModel,
    OpenHours,
    Policy,
    Prices,
    Verifier,
)
from fte_runtime.config import StrictModel, load

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_END_OF_DAY = "24:00"


class _Hours(StrictModel):
    days: tuple[Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"], ...]
    start: Annotated[time, Field(alias="from")]
    until: time | Literal["24:00"]

    def read(self) -> OpenHours:
        days = frozenset(map(_DAYS.index, self.days))
        return OpenHours(days, self.start, None if isinstance(self.until, str) else self.until)


class _BusinessHours(StrictModel):
    time_zone: str
    hours: tuple[_Hours, ...]

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError):
            raise ValueError("must be the name of a time zone") from None
        return name

    def read(self) -> BusinessHours:
        return BusinessHours(self.time_zone, tuple(each.read() for each in self.hours))


class _Company(StrictModel):
    name: str
    support_email: str | None = None
    website: str | None = None
    signature: str | None = None
    business_hours: _BusinessHours | None = None

    def read(self) -> Company:
        hours = None if self.business_hours is None else self.business_hours.read()
        return Company(self.name, self.support_email, self.website, self.signature, hours)


class _Prices(StrictModel):
    """Of a million tokens, in micro-dollars."""

    input: Annotated[int, Field(ge=0)]
    cached: Annotated[int, Field(ge=0)]
    output: Annotated[int, Field(ge=0)]

    def read(self) -> Prices:
        return Prices(self.input, self.cached, self.output)


class _Endpoint(StrictModel):
    """Where a hosted model is, and what its endpoint takes: `fte_agent.sdk.endpoint`."""

    base_url: str
    api: Literal["Responses", "ChatCompletions"]
    max_output_tokens: Annotated[int, Field(ge=1)]
    store: bool
    parallel_tool_calls: bool
    tool_choice: bool
    preload: Literal["Calls", "Message"]
    prices: _Prices | None = None

    def read(self) -> HostedModel:
        prices = None if self.prices is None else self.prices.read()
        return HostedModel(**self.model_dump(exclude={"prices"}), prices=prices)


class _Model(StrictModel):
    """As in the spec with its defaults; ``endpoint`` is there for a hosted one alone."""

    provider: Literal["OpenAI", "OpenAICompatible", "Offline"]
    name: str
    endpoint: _Endpoint | None = None

    @model_validator(mode="after")
    def _hosted_has_an_endpoint(self) -> Self:
        if (self.endpoint is None) != (self.provider == "Offline"):
            raise ValueError("endpoint must be set with a hosted provider and with no other")
        return self


class _Embedding(StrictModel):
    base_url: str
    model: str
    dimensions: Annotated[int, Field(ge=1)]
    price: Annotated[int, Field(ge=0)] | None = None

    def read(self) -> HostedEmbedding:
        return HostedEmbedding(**self.model_dump())


class _Verifier(StrictModel):
    name: str
    prices: _Prices | None = None

    def read(self) -> Verifier:
        return Verifier(self.name, None if self.prices is None else self.prices.read())


class _Policy(StrictModel):
    """What the dossier says in words and the policy enforces in code."""

    reply_mode: Literal["Verbatim", "Grounded"] = "Verbatim"
    verifier: _Verifier | None = None
    answer_pricing: bool = False
    answer_refunds: bool = False
    escalation_keywords: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    forbidden_topics: tuple[str, ...] = ()

    def read(self) -> Policy:
        verifier = None if self.verifier is None else self.verifier.read()
        return Policy(**self.model_dump(exclude={"verifier"}), verifier=verifier)


class BehaviourDocument(StrictModel):
    """The whole document; its file's SHA-256 is the revision."""

    image: str
    company: _Company
    model: _Model
    embedding: _Embedding | None = None
    policy: _Policy = _Policy()
    knowledge_snapshot: str | None


def load_behaviour(path: Path) -> Behaviour:
    """Read the behaviour document with its revision.

    Raises:
        ConfigError: as `fte_runtime.config.load`.
    """
    document = load(BehaviourDocument, path)
    endpoint, embedding = document.model.endpoint, document.embedding
    return Behaviour(
        revision=hashlib.sha256(path.read_bytes()).hexdigest()[:10],
        company=document.company.read(),
        model_provider=document.model.provider,
        model_name=document.model.name,
        knowledge_snapshot=document.knowledge_snapshot,
        policy=document.policy.read(),
        endpoint=None if endpoint is None else endpoint.read(),
        embedding=None if embedding is None else embedding.read(),
    )
