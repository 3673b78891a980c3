"""What a model is told depends on its turn alone: byte for byte the same, whatever else goes on."""

import asyncio
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from agents.testing import ScriptedModel
from sdk_doubles import COMPANY, send

from fte_agent.channels import WHATSAPP
from fte_agent.domain.identity import Confirmation, Past, Standing
from fte_agent.domain.knowledge import Passage
from fte_agent.domain.turns import TurnContext
from fte_agent.sdk.model import SdkModel
from fte_agent.testing import FixedClock, WordClassifier, a_context, a_passage, an_earlier_ticket
from fte_agent.turn.decide import TurnPorts, run_turn
from fte_agent.turn.tools import Wording

OTHERS = 4
ADA = a_context("How do I export?", "As CSV.", subject="Export", history=["Hello, it is me, Ada."])
WORDS = ["export", "Ada", "CSV", "How do I", "canary", "73119", "eve@evil.example", "\u200b", "{}", "</customer>"]


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
    accounts = {stranger.customer_id: Past((an_earlier_ticket(f"stranger {draw.random()}"),)) for stranger in strangers}
    found = {f"stranger{n}": a_passage(f"Stranger reads {draw.random()}.", uri=f"docs/{n}") for n in range(OTHERS)}
    turns = [ada, *strangers]
    draw.shuffle(turns)
    model = ScriptedModel([[send()]] * 3 * len(turns))
    ports = TurnPorts(
        company=COMPANY,
        customers=Archive(accounts | {ada.customer_id: Past((an_earlier_ticket("Ada wrote twice."),))}),
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


SAID = ["I wrote to you on WhatsApp yesterday.", "My mail is kim@shop.example.", "482913", "How do I export?", "Hello"]
PASTS = [
    Past(),
    Past((an_earlier_ticket("canary", question="canary", answer="canary"),), untold=3),
    Past(untold=1),
]


async def replied(said: str, standing: Standing, past: Past) -> bytes:
    """Everything that leaves a turn, and everything that its model is told."""
    model = ScriptedModel([[send()]] * 10)
    ports = TurnPorts(
        company=COMPANY,
        customers=Archive({ADA.customer_id: past}),
        search=Shelf({"export": a_passage("Open Settings. Choose Export.")}),
        model=SdkModel(model, name="any", company=COMPANY),
        classifier=WordClassifier(),
        clock=FixedClock(),
        wording=Wording.CHOSEN,
    )
    decision = await run_turn(replace(a_context(said), standing=standing), ports)
    calls = [[call.system_instructions, call.input] for call in model.calls]
    return json.dumps([repr(decision), calls], default=list).encode()


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("reachable", [frozenset(), frozenset({"email", "phone"})], ids=["no codes", "codes"])
async def test_who_has_proven_nothing_is_answered_alike_whatever_there_is(said: str, reachable: frozenset[str]) -> None:
    standing = Standing(proven=False, reachable=reachable)
    nothing, *something = [await replied(said, standing, past) for past in PASTS]
    assert something == [nothing, nothing]
    assert b"canary" not in nothing


@pytest.mark.parametrize("said", SAID)
async def test_what_a_wrong_code_is_answered_depends_on_nothing_that_there_is(said: str) -> None:
    for result in (Confirmation.WRONG, Confirmation.EXPIRED):
        standing = Standing(proven=False, confirmation=result, reachable=frozenset({"email"}))
        nothing, *something = [await replied(said, standing, past) for past in PASTS]
        assert something == [nothing, nothing]


async def test_a_claim_of_one_s_own_is_answered_alike_whoever_has_that_address() -> None:
    proven = Standing(proven=True, reachable=frozenset({"email"}))
    context = replace(a_context("My mail is kim@shop.example."), standing=proven, channel=WHATSAPP)
    told = [(await run_turn(context, a_bench(past))).text for past in PASTS]
    assert len(set(told)) == 1


def a_bench(past: Past) -> TurnPorts:
    return TurnPorts(
        company=COMPANY,
        customers=Archive({ADA.customer_id: past}),
        search=Shelf({}),
        model=SdkModel(ScriptedModel([]), name="any", company=COMPANY),
        classifier=WordClassifier(),
        clock=FixedClock(),
    )
