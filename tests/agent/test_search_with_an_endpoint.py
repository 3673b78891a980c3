"""Search by a hosted embedder: its failures keep their reason, and what Offline makes of its finds is Offline's own."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from doubles.openai.double import KEY, OpenAIDouble
from doubles.openai.misbehaviour import Rule

from fte_agent.composition import ChosenEmbedder, ChosenModel, build_embedder, build_turn_ports, offline_model
from fte_agent.domain.behaviour import Behaviour, Company, HostedEmbedding
from fte_agent.domain.turns import Decision, Outcome, Reason
from fte_agent.errors import EmbeddingFailed, ModelFault
from fte_agent.escalation.rules import parse_rules
from fte_agent.evaluation.play import NoCustomers
from fte_agent.knowledge.embedding import embedded
from fte_agent.knowledge.memory import InMemoryKnowledge
from fte_agent.knowledge.sections import sections_of
from fte_agent.ports import Embedder
from fte_agent.testing import FixedClock, a_context
from fte_agent.turn.decide import run_turn

RULES = Path(__file__).resolve().parents[2] / "context" / "escalation-rules.md"
BOOK = """# Help

## Exporting your data

Choose Workspace, Export to export your data as CSV. The export runs in the background.

## Inviting people

Go to Members and choose Invite. An invitation stays valid for seven days.

## Two-step verification

Turn it on under Profile, Security. It asks for a code of six digits.
"""


@pytest.fixture
async def double() -> AsyncIterator[OpenAIDouble]:
    async with OpenAIDouble() as double:
        yield double


async def decided(searching: ChosenEmbedder, question: str, *, made_by: Embedder | None = None) -> Decision:
    knowledge, embedder = InMemoryKnowledge(), made_by or searching.embedder
    items = await embedded(sections_of("docs", "help.md", BOOK), embedder)
    await knowledge.write_snapshot("s", embedder.identity, embedder.dimensions, items)
    ports = await build_turn_ports(
        Behaviour("r", Company("Northwind"), "Offline", "offline", "s"),
        parse_rules(RULES.read_text(encoding="utf-8")),
        ChosenModel(offline_model()),
        knowledge=knowledge,
        customers=NoCustomers(),
        clock=FixedClock(step=0.001),
        searching=searching,
    )
    return await run_turn(a_context(question), ports)


async def test_offline_answers_from_what_a_hosted_embedder_finds(double: OpenAIDouble) -> None:
    async with build_embedder(HostedEmbedding(double.base_url, "text-embedding-3-small", 256), KEY) as searching:
        decision = await decided(searching, "How do I export my data?")
        assert searching.secrets == (KEY,)
    assert decision.outcome is Outcome.ANSWER
    assert [citation.uri for citation in decision.citations] == ["docs/help.md#exporting-your-data"]


class Flatterer:
    """Every text is every other's twin: the cosine of all is 1."""

    identity, dimensions = "flatterer@2", 2

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[1.0, 0.0] for _ in texts]


async def test_the_scores_of_an_embedder_without_calibration_make_no_section_an_answer() -> None:
    """Offline judges what was found by its own embedder, for which alone its floor was fitted."""
    decision = await decided(ChosenEmbedder(Flatterer()), "Which planets have rings of ice?")
    assert decision.escalation is not None and decision.escalation.reason is Reason.NOT_FOUND
    assert decision.top_score is not None and decision.top_score >= 1


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule(on="embeddings", status=401, code="invalid_api_key", times=None), ModelFault.CREDENTIALS),
        (Rule(on="embeddings", body="<html>", times=None), ModelFault.UNUSABLE),
        (Rule(on="embeddings", status=429, code="insufficient_quota", times=None), ModelFault.QUOTA),
    ],
    ids=["credentials", "unusable", "quota"],
)
async def test_a_query_that_cannot_be_embedded_waits_with_its_reason_and_is_no_miss(
    double: OpenAIDouble, rule: Rule, reason: ModelFault
) -> None:
    """Nothing was searched, so nothing may be said of what was found; a person takes over at the deadline."""
    known = Flatterer()
    async with build_embedder(HostedEmbedding(double.base_url, "text-embedding-3-small", 256), KEY) as searching:
        double.script.add(rule)
        with pytest.raises(EmbeddingFailed) as failed:
            await decided(searching, "How do I export my data?", made_by=known)
    assert (failed.value.reason, failed.value.retryable) == (reason, True)
    assert "export" not in str(failed.value)


async def test_rules_need_no_embedder_but_the_shipped_one(double: OpenAIDouble) -> None:
    double.script.add(Rule(on="embeddings", status=503, times=None))
    async with build_embedder(HostedEmbedding(double.base_url, "text-embedding-3-small", 256), KEY) as searching:
        decision = await decided(searching, "I want to talk to a human, please.", made_by=Flatterer())
    assert decision.escalation is not None and decision.escalation.reason is Reason.HUMAN
    assert double.journal.requests() == []


async def test_a_hosted_embedder_without_key_is_refused(double: OpenAIDouble) -> None:
    with pytest.raises(ValueError, match="needs a key"):
        async with build_embedder(HostedEmbedding(double.base_url, "m", 8)):
            pass
