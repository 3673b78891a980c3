import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from fte_agent.domain.knowledge import Passage, Section
from fte_agent.domain.messages import Author, Channel, StoredMessage
from fte_agent.domain.turns import TurnContext
from fte_agent.gate import Evidence, violations
from fte_agent.offline.model import MAX_REPLY_CHARS, WHOLE_CHARS, OfflineModel
from fte_agent.ports import ModelRequest
from fte_agent.tools import SPEC, passages_json

FLOOR = 0.5
PAY = Section("kb/a.md#pay", "A", "Pay", "We take cards. Cash is refused.\n\nTo pay:\n\n1. Open it.\n2. Pay.")
MOVE = Section("kb/a.md#move", "A", "Move", "Tell us your new address in **Profile**.")


class WordEmbedder:
    """Embeds a text as the words it holds of a fixed list: similarity by hand."""

    identity = "words"
    dimensions = 3
    floor: float | None = FLOOR

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[float(word in text.lower()) for word in ("parrot", "carrot", "lemon")] for text in texts]


class ScriptedTools:
    """Records calls, checks their arguments as the turn does, and answers searches from a script."""

    open = True

    def __init__(self, *searches: list[Passage] | str) -> None:
        self.calls: list[tuple[str, dict[str, object]]] = []
        self._searches = list(searches)

    async def invoke(self, name: str, raw_json: str) -> str:
        SPEC[name].model_validate_json(raw_json)
        self.calls.append((name, json.loads(raw_json)))
        if name != "search_knowledge_base":
            return "accepted"
        found = self._searches.pop(0)
        return found if isinstance(found, str) else passages_json(found)


def request(
    text: str, *passages: Passage, subject: str = "", repair: str | None = None, max_chars: int = 4000
) -> ModelRequest:
    message = StoredMessage(1, Author.CUSTOMER, text, datetime(2026, 1, 1, tzinfo=UTC))
    ids = [uuid.UUID(int=n) for n in range(3)]
    context = TurnContext(*ids, Channel.WEB_FORM, "site", subject, "Ada", (message,), max_chars=max_chars)
    return ModelRequest(context, "", f"{subject}\n{text}".strip(), passages, repair)


async def run(asked: ModelRequest, *searches: list[Passage] | str, floor: float | None = FLOOR) -> ScriptedTools:
    embedder, tools = WordEmbedder(), ScriptedTools(*searches)
    embedder.floor = floor
    await OfflineModel(embedder).run(asked, tools)
    return tools


async def test_a_short_section_is_quoted_whole_and_cited() -> None:
    tools = await run(request("How can I pay?", Passage(PAY, 0.8), Passage(MOVE, 0.7)))
    assert tools.calls == [("send_response", {"message": PAY.content, "citations": [PAY.uri]})]


async def test_of_a_long_section_the_pieces_near_the_question_are_quoted_verbatim() -> None:
    filler = "This sentence says nothing at all about it. " * 12
    steps = "Feed the carrot:\n\n1. Peel it.\n2. Eat it."
    section = Section("kb/a.md#long", "A", "Long", f"{filler}The parrot eats a carrot.\n\n{steps}\n\n{filler.strip()}")
    assert len(section.content) > WHOLE_CHARS
    passage = Passage(section, 0.9)
    tools = await run(request("What about my parrot and its carrot?", passage))
    ((name, sent),) = tools.calls
    assert name == "send_response"
    message = str(sent["message"])
    assert "The parrot eats a carrot." in message
    assert steps in message
    assert len(message) <= WHOLE_CHARS
    assert violations(message, [section.uri], Evidence({section.uri: passage}, (), 4000)) == []


async def test_steps_longer_than_a_usual_quote_are_never_cut() -> None:
    steps = "Do this with the lemon:\n\n" + "\n".join(f"{n}. Step {n} {'is long ' * 12}".strip() for n in range(1, 11))
    section = Section("kb/a.md#steps", "A", "Steps", f"{steps}\n\nOther text follows here.")
    tools = await run(request("How do I treat a lemon?", Passage(section, 0.9)))
    assert tools.calls[0][1]["message"] == steps
    assert WHOLE_CHARS < len(steps) <= MAX_REPLY_CHARS


async def test_what_cannot_be_quoted_within_the_channel_goes_to_a_person() -> None:
    tools = await run(request("How can I pay?", Passage(PAY, 0.8), max_chars=20))
    assert [(name, sent.get("reason")) for name, sent in tools.calls] == [("escalate_to_human", "not_found")]


@pytest.mark.parametrize(
    ("subject", "text", "second"),
    [
        ("Cash", "I was at the shop. Can I pay?", "Can I pay?"),
        ("Paying with cash", "I do not know how it works.", "Paying with cash"),
        ("", "I was at the shop. They refused my money.", "They refused my money."),
    ],
)
async def test_below_the_floor_it_searches_once_more_in_other_words(subject: str, text: str, second: str) -> None:
    tools = await run(request(text, Passage(MOVE, 0.49), subject=subject), [Passage(PAY, 0.5)])
    assert tools.calls[0] == ("search_knowledge_base", {"query": second, "max_results": 5})
    assert tools.calls[1][1]["citations"] == [PAY.uri]


@pytest.mark.parametrize("second", [[], [Passage(PAY, 0.49)], "The search is unavailable.", "{}", "[1]"])
async def test_nothing_found_twice_goes_to_a_person(second: list[Passage] | str) -> None:
    tools = await run(request("Do you sell parrots?", Passage(MOVE, 0.3)), second)
    assert [name for name, _ in tools.calls] == ["search_knowledge_base", "escalate_to_human"]
    assert tools.calls[-1][1]["reason"] == "not_found"


async def test_an_uncalibrated_embedder_answers_nothing() -> None:
    tools = await run(request("How can I pay?", Passage(PAY, 0.99)), [Passage(PAY, 0.99)], floor=None)
    assert tools.calls[-1][0] == "escalate_to_human"


async def test_several_questions_are_searched_one_by_one_and_answered_together() -> None:
    text = "How can I pay? And where do I tell you my address?"
    tools = await run(request(text, Passage(PAY, 0.6)), [Passage(PAY, 0.8)], [Passage(MOVE, 0.7)])
    assert [sent["query"] for _, sent in tools.calls[:2]] == ["How can I pay?", "And where do I tell you my address?"]
    message = f"{PAY.content}\n\n{MOVE.content}"
    assert tools.calls[2] == ("send_response", {"message": message, "citations": [PAY.uri, MOVE.uri]})


async def test_a_section_that_answers_both_questions_is_quoted_once() -> None:
    text = "How can I pay? Do you take cash?"
    tools = await run(request(text), [Passage(PAY, 0.8)], [Passage(PAY, 0.7)])
    assert tools.calls[-1][1] == {"message": PAY.content, "citations": [PAY.uri]}


async def test_one_question_without_answer_takes_the_whole_message_to_a_person() -> None:
    tools = await run(request("How can I pay? Do parrots fly?"), [Passage(PAY, 0.8)], [Passage(MOVE, 0.1)])
    assert tools.calls[-1][1]["reason"] == "not_found"


@pytest.mark.parametrize(
    "text", ["Wie kann ich meine Rechnung bezahlen?", "¿Cómo puedo pagar mi factura?", "Как оплатить?"]
)
async def test_other_languages_go_to_a_person_without_a_search(text: str) -> None:
    tools = await run(request(text, Passage(PAY, 0.9)))
    assert [(name, sent["reason"]) for name, sent in tools.calls] == [("escalate_to_human", "language")]


async def test_a_refused_quote_is_not_tried_again() -> None:
    tools = await run(request("How can I pay?", Passage(PAY, 0.8), repair="not_verbatim"))
    assert [(name, sent["reason"]) for name, sent in tools.calls] == [("escalate_to_human", "gate")]
