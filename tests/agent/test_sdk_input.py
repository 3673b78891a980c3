"""What a hosted model is told: masked numbers, a bounded history, the best passages."""

import dataclasses
import json

from fte_agent.domain.messages import Author, StoredMessage
from fte_agent.ports import ModelRequest
from fte_agent.sdk.messages import CHARS_PER_TOKEN, HISTORY_TOKENS, SHOWN_PASSAGES, input_items
from fte_agent.testing import START, a_context, a_passage

CARD = "4111 1111 1111 1111"


def told(request: ModelRequest) -> dict[str, object]:
    content: dict[str, object] = json.loads(input_items(request)[0]["content"])
    return content


def test_card_numbers_reach_no_model_by_any_way():
    context = a_context(f"charged {CARD}", subject=f"card {CARD}", history=[f"before {CARD}"])
    items = input_items(ModelRequest(context, f"- 2026-01-02: {CARD}", f"card {CARD}", ()))
    assert "1111" not in json.dumps(items)
    assert json.dumps(items).count("[card number]") == 5


def test_history_is_cut_to_its_budget_oldest_first():
    size = HISTORY_TOKENS * CHARS_PER_TOKEN // 3
    history = tuple(StoredMessage(n, Author.CUSTOMER, f"{n}".ljust(size, "x"), START) for n in range(1, 6))
    context = dataclasses.replace(a_context("now"), history=history)
    messages = told(ModelRequest(context, "", "q", ()))["earlier_messages"]
    assert [message["text"][0] for message in messages] == ["3", "4", "5"]


def test_only_the_best_passages_are_shown_and_how_long_a_reply_should_be():
    passages = tuple(a_passage(f"Fact {n}.", uri=f"docs/a.md#{n}") for n in range(10))
    request = ModelRequest(a_context("How?"), "", "q", passages)
    shown = json.loads(input_items(request)[-1]["output"])["passages"]
    assert [passage["sentences"] for passage in shown] == [
        {f"{name}.1": f"Fact {n}."} for n, name in zip(range(SHOWN_PASSAGES), "abcde", strict=True)
    ]
    assert {name: value for name, value in told(request).items() if isinstance(value, int)} == {
        "aim_chars": 1200,
        "max_chars": 4000,
        "max_words": 300,
    }
