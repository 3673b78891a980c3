"""What a model is told depends on its turn alone: byte for byte the same, whatever else goes on."""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from agents.testing import ScriptedModel
from sdk_doubles import COMPANY, send

from fte_agent.domain.identity import EarlierTicket, Past
from fte_agent.domain.knowledge import Passage
from fte_agent.domain.turns import TurnContext
from fte_agent.sdk.model import SdkModel
from fte_agent.testing import FixedClock, WordClassifier, a_context, a_passage
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_agent.turn.tools import Wording

OTHERS = 4
ADA = a_context("How do I export?", "As CSV.", subject="Export", history=["Hello, it is me, Ada."])
WORDS = ["export", "Ada", "CSV", "How do I", "canary", "73119", "eve@evil.example", "\u200b", "{}", "</customer>"]


def a_past(question: str) -> Past:
    return Past((EarlierTicket(7, "email", "Exports", "open", datetime(2026, 1, 2, tzinfo=UTC), question),))


@dataclass(frozen=True)
class Archive:
    """A `CustomerStore` with an account of each customer, given while others get theirs."""

    accounts: Mapping[UUID, Past]

    async def past(self, context: TurnContext) -> Past:
        await asyncio.sleep(0)
        return self.accounts[context.customer_id]


@dataclass(frozen=True)
class Shelf:
    """A `Search` that finds by query alone, while others search."""

    found: Mapping[str, Passage]

    async def search(self, query: str, max_results: int) -> list[Passage]:
        await asyncio.sleep(0)
        return [passage for key, passage in self.found.items() if key in query][:max_results]


def a_stranger(draw: random.Random, number: int) -> TurnContext:
    def said() -> str:
        return f"stranger{number} " + " ".join(draw.choices(WORDS, k=draw.randint(1, 30)))

    return replace(
        a_context(said(), said(), subject=said(), history=[said()], max_chars=draw.randint(100, 4000)),
        conversation_id=UUID(int=10 + number),
        customer_id=UUID(int=100 + number),
        ticket_id=UUID(int=1000 + number),
        customer_name=said(),
        channel_name=said(),
    )


async def told(ada: TurnContext, seed: int | None) -> bytes:
    """What the model is told in Ada's turn, between the turns of strangers drawn from ``seed``, by one adapter."""
    draw = random.Random(seed)
    strangers = [] if seed is None else [a_stranger(draw, number) for number in range(OTHERS)]
    accounts = {stranger.customer_id: a_past(f"Stranger wrote: {draw.random()}") for stranger in strangers}
    found = {f"stranger{n}": a_passage(f"Stranger reads {draw.random()}.", uri=f"docs/{n}") for n in range(OTHERS)}
    turns = [ada, *strangers]
    draw.shuffle(turns)
    model = ScriptedModel([[send()]] * 3 * len(turns))
    ports = TurnPorts(
        company=COMPANY,
        customers=Archive(accounts | {ada.customer_id: a_past("Ada wrote twice.")}),
        search=Shelf(found | {"export": a_passage("Open Settings. Choose Export.")}),
        model=SdkModel(model, name="any", company=COMPANY),
        classifier=WordClassifier(),
        clock=FixedClock(seconds=draw.randint(0, 10**6)),
        secrets=(str(draw.random()),),
        wording=Wording.CHOSEN,
    )
    await asyncio.gather(*(run_turn(context, ports) for context in turns))
    calls = [[call.system_instructions, call.input, [tool.name for tool in call.tools]] for call in model.calls]
    (mine,) = [raw for call in calls if b"stranger" not in (raw := json.dumps(call, default=list).encode())]
    return mine


@pytest.mark.parametrize("seed", range(20))
async def test_other_turns_leave_no_trace(seed: int) -> None:
    alone = await told(ADA, None)
    assert b"Ada wrote twice." in alone
    assert await told(ADA, seed) == alone


@pytest.mark.parametrize(
    "changed",
    [
        {"conversation_id": UUID(int=77)},
        {"ticket_id": UUID(int=77)},
        {"channel_name": "help@acme.example"},
        {"attempt": 4},
        {"burst": tuple(replace(message, seq=message.seq + 40) for message in ADA.burst)},
    ],
    ids=lambda changed: next(iter(changed)),
)
async def test_what_binds_a_turn_is_not_told(changed: dict[str, object]) -> None:
    assert await told(replace(ADA, **changed), None) == await told(ADA, None)


@pytest.mark.parametrize("changed", [{"subject": "Import"}, {"burst": ADA.burst[:1]}, {"history": ()}])
async def test_what_belongs_to_the_turn_is_told(changed: dict[str, object]) -> None:
    assert await told(replace(ADA, **changed), None) != await told(ADA, None)
