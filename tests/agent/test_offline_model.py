"""The Offline model over a scripted judge: what it quotes, cites, searches again, and hands over."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest

from fte_agent.channels import TRAITS, WEB_FORM
from fte_agent.domain.knowledge import Passage, Section
from fte_agent.domain.messages import Author, StoredMessage
from fte_agent.domain.turns import TurnContext
from fte_agent.gate.checks import Evidence, violations
from fte_agent.offline.embedder import OfflineEmbedder
from fte_agent.offline.model import OfflineModel
from fte_agent.offline.relevance import Relevance
from fte_agent.ports import ModelRequest
from fte_agent.turn.tools import SPEC, passages_json

PAY = Section("kb/a.md#pay", "A", "Pay", "We take cards. Cash is refused.\n\nTo pay:\n\n1. Open it.\n2. Pay.")
MOVE = Section("kb/a.md#move", "A", "Move", "Tell us your new address in **Profile**.")
AIM = TRAITS[WEB_FORM].style.aim_chars


class WordJudge:
    """Finds the section whose heading stands in the question; ``sure`` is how sure it is then."""

    def __init__(self, sure: float = 0.9) -> None:
        self.sure = sure

    async def nearest(self, question: str, sections: Sequence[Section]) -> tuple[Section, float] | None:
        if not sections:
            return None
        held = [section for section in sections if section.heading.lower() in question.lower()]
        return (held[0], self.sure) if held else (sections[0], 0.1)

    async def closeness(self, question: str, texts: Sequence[str]) -> list[float]:
        return [float(sum(word in text.lower() for word in question.lower().split())) for text in texts]


class ScriptedTools:
    """Records calls, checks their arguments as the turn does, and answers searches from a script."""

    open = True

    def __init__(self, first: Sequence[Passage], searches: Sequence[Sequence[Passage]]) -> None:
        self.calls: list[tuple[str, dict[str, object]]] = []
        self._retrieved = {passage.section.uri: passage for passage in first}
        self._searches = list(searches)

    @property
    def retrieved(self) -> Mapping[str, Passage]:
        return self._retrieved

    async def invoke(self, name: str, raw_json: str) -> str:
        SPEC[name].model_validate_json(raw_json)
        self.calls.append((name, json.loads(raw_json)))
        if name != "search_knowledge_base":
            return "accepted"
        found = self._searches.pop(0)
        self._retrieved |= {passage.section.uri: passage for passage in found}
        return passages_json(found)


def request(text: str, *, subject: str = "", repair: str | None = None, max_chars: int = 4000) -> ModelRequest:
    message = StoredMessage(1, Author.CUSTOMER, text, datetime(2026, 1, 1, tzinfo=UTC))
    ids = [uuid.UUID(int=n) for n in range(3)]
    context = TurnContext(*ids, WEB_FORM, "site", subject, "Ada", (message,), max_chars=max_chars)
    return ModelRequest(context, "", f"{subject}\n{text}".strip(), (), repair)


async def run(
    asked: ModelRequest, first: Sequence[Section] = (), *searches: Sequence[Section], sure: float = 0.9
) -> ScriptedTools:
    found = [[Passage(section, 1 - n / 10) for n, section in enumerate(each)] for each in (first, *searches)]
    tools = ScriptedTools(found[0], found[1:])
    await OfflineModel(WordJudge(sure)).run(asked, tools)
    return tools


async def test_a_short_section_is_quoted_whole_and_cited() -> None:
    tools = await run(request("How can I pay?"), [MOVE, PAY])
    assert tools.calls == [("send_response", {"message": PAY.content, "citations": [PAY.uri]})]


async def test_of_a_long_section_the_pieces_near_the_question_are_quoted_verbatim() -> None:
    filler = "Sentences of this kind tell nobody much. " * 20
    steps = "Feed the carrot:\n\n1. Peel it.\n2. Eat it."
    content = f"{filler}The parrot eats a carrot.\n\n{steps}\n\n{filler.strip()}"
    section = Section("kb/a.md#parrot", "A", "parrot", content)
    assert len(section.content) > AIM
    tools = await run(request("Feed parrot carrot"), [section])
    ((name, sent),) = tools.calls
    assert name == "send_response"
    message = str(sent["message"])
    assert "The parrot eats a carrot." in message
    assert steps in message
    assert len(message) <= AIM
    assert violations(message, [section.uri], Evidence({section.uri: Passage(section, 1)}, (), 4000)) == []


async def test_steps_are_never_cut() -> None:
    steps = "Do this with the lemon:\n\n" + "\n".join(f"{n}. Step {n} {'is long ' * 9}".strip() for n in range(1, 11))
    section = Section("kb/a.md#lemon", "A", "lemon", f"{steps}\n\n{'Other text follows here. ' * 20}".strip())
    assert len(steps) < AIM < len(section.content)
    tools = await run(request("How do I treat a lemon?"), [section])
    assert steps in str(tools.calls[0][1]["message"])


async def test_what_cannot_be_quoted_within_the_channel_goes_to_a_person() -> None:
    tools = await run(request("How can I pay?", max_chars=20), [PAY])
    assert [(name, sent.get("reason")) for name, sent in tools.calls] == [("escalate_to_human", "not_found")]


@pytest.mark.parametrize(
    ("subject", "text", "second"),
    [
        ("Pay with cash", "I was at the shop. Does that work?", "Does that work?"),
        ("Pay with cash", "I do not know how it works.", "Pay with cash"),
        ("", "I was at the shop. They refused my money, so let me pay.", "They refused my money, so let me pay."),
    ],
)
async def test_a_miss_is_searched_once_more_in_other_words(subject: str, text: str, second: str) -> None:
    tools = await run(request(text, subject=subject), [MOVE], [PAY])
    assert tools.calls[0] == ("search_knowledge_base", {"query": second, "max_results": 10})
    assert tools.calls[1][1]["citations"] == [PAY.uri]


@pytest.mark.parametrize("second", [[], [PAY]])
async def test_nothing_found_twice_goes_to_a_person(second: list[Section]) -> None:
    tools = await run(request("Do you sell parrots?"), [MOVE], second)
    assert [name for name, _ in tools.calls] == ["search_knowledge_base", "escalate_to_human"]
    assert tools.calls[-1][1]["reason"] == "not_found"


async def test_a_section_that_is_near_but_not_sure_is_no_answer() -> None:
    tools = await run(request("How can I pay?"), [PAY], [PAY], sure=0.49)
    assert tools.calls[-1][1]["reason"] == "not_found"


async def test_several_questions_are_searched_one_by_one_and_answered_together() -> None:
    text = "How can I pay my bill? And where do I move my address?"
    tools = await run(request(text), [PAY], [PAY], [MOVE])
    asked = ["How can I pay my bill?", "And where do I move my address?"]
    assert [sent["query"] for _, sent in tools.calls[:2]] == asked
    message = f"{PAY.content}\n\n{MOVE.content}"
    assert tools.calls[2] == ("send_response", {"message": message, "citations": [PAY.uri, MOVE.uri]})


async def test_a_section_that_answers_both_questions_is_quoted_once() -> None:
    tools = await run(request("How can I pay my bill? Can I pay by card?"), [], [PAY], [PAY])
    assert tools.calls[-1][1] == {"message": PAY.content, "citations": [PAY.uri]}


async def test_one_question_without_answer_goes_to_a_person_with_the_answers_there_are() -> None:
    tools = await run(request("How can I pay my bill? Do parrots fly south?"), [], [PAY], [MOVE])
    name, sent = tools.calls[-1]
    assert (name, sent["reason"], sent["draft"]) == ("escalate_to_human", "not_found", PAY.content)
    assert "1 of 2" in str(sent["summary"])


@pytest.mark.parametrize(
    "text", ["Wie kann ich meine Rechnung bezahlen?", "¿Cómo puedo pagar mi factura?", "Как оплатить?"]
)
async def test_other_languages_go_to_a_person_without_a_search(text: str) -> None:
    tools = await run(request(text), [PAY])
    assert [(name, sent["reason"]) for name, sent in tools.calls] == [("escalate_to_human", "language")]


async def test_a_refused_quote_is_not_tried_again() -> None:
    tools = await run(request("How can I pay?", repair="not_verbatim"), [PAY])
    assert [(name, sent["reason"]) for name, sent in tools.calls] == [("escalate_to_human", "gate")]


async def test_an_uncalibrated_embedder_finds_nothing_relevant(embedder: OfflineEmbedder) -> None:
    calibrated = await Relevance(embedder).nearest("How can I pay?", [MOVE, PAY])
    assert calibrated is not None
    assert calibrated[0] is PAY
    altered = OfflineEmbedder.load()
    altered.identity = "other weights"
    assert await Relevance(altered).nearest("How can I pay?", [MOVE, PAY]) is None
