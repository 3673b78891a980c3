"""A turn behind an endpoint: the product's own way to the OpenAI double."""

from datetime import UTC, datetime
from typing import Any

from doubles.openai.conversation import Answer, Call
from doubles.openai.double import KEY, OpenAIDouble
from sdk_doubles import COMPANY, GOOD, PASSAGE

from fte_agent.domain.identity import EarlierTicket, Past
from fte_agent.domain.turns import Decision, TurnContext
from fte_agent.identity.told import history_text
from fte_agent.ports import Model, Search
from fte_agent.sdk.endpoint import Api, Capabilities, Endpoint, open_model
from fte_agent.testing import FixedClock, FixedHistory, FixedSearch, WordClassifier, a_context
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_agent.turn.tools import Wording

MODEL = "gpt-4o"
QUESTION = "How do I export my ledger?"
EARLIER = Past((EarlierTicket(7, "email", "Exports", "waiting", datetime(2026, 1, 2, tzinfo=UTC)),))
PAST = history_text(EARLIER)
SEND = Call("send_response", GOOD)
SENT = Answer((SEND,))
OPERATION = {Api.RESPONSES: "responses", Api.CHAT_COMPLETIONS: "chat"}


def an_endpoint(double: OpenAIDouble, api: Api = Api.RESPONSES, **changes: Any) -> Endpoint:
    """What a client is told of the double; ``able`` are `Capabilities` that change."""
    able = Capabilities(**changes.pop("able", {}))
    return Endpoint(
        **{"base_url": double.base_url, "api_key": KEY, "model": MODEL, "api": api} | changes, capabilities=able
    )


def ports_of(model: Model, found: Search | None = None) -> TurnPorts:
    return TurnPorts(
        company=COMPANY,
        customers=FixedHistory(EARLIER),
        search=found or FixedSearch([PASSAGE]),
        model=model,
        classifier=WordClassifier(),
        clock=FixedClock(step=0.001),
        wording=Wording.CHOSEN,
    )


async def decide(
    endpoint: Endpoint, *contexts: TurnContext, found: Search | None = None, seconds: float = 20, attempt: int = 1
) -> Decision:
    """The decision of the last turn; one turn unless ``contexts`` says which."""
    async with open_model(endpoint, company=COMPANY, timeout_seconds=seconds) as model:
        for context in contexts or (a_context(QUESTION, subject="Export", attempt=attempt),):
            decision = await run_turn(context, ports_of(model, found))
        return decision
