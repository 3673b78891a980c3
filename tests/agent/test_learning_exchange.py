"""Which question a person answered, with what, and whether it helped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from fte_agent.domain.learning import HandedOver, Told
from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Reason
from fte_agent.learning.exchange import ALWAYS_A_PERSONS, REASONS, RULED, Exchange, Unproposed, exchange_of

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
C, H, A, S = Author.CUSTOMER, Author.HUMAN, Author.AI, Author.SYSTEM


def handed(*told: tuple[Author, str], reason: Reason = Reason.NOT_FOUND, request: str = "", at: int = 1) -> HandedOver:
    """Handed over a minute after message number ``at``; the messages are an hour apart."""
    messages = tuple(
        Told(author, body, BEGIN + timedelta(hours=hour)) for hour, (author, body) in enumerate(told, start=1)
    )
    opened = BEGIN + timedelta(hours=at, minutes=1)
    return HandedOver(UUID(int=1), UUID(int=2), reason, "email", "s", request, opened, None, messages)


def read(*told: tuple[Author, str], reason: Reason = Reason.NOT_FOUND, request: str = "", at: int = 1) -> Exchange:
    found = exchange_of(handed(*told, reason=reason, request=request, at=at))
    assert isinstance(found, Exchange)
    return found


def test_the_brief_s_request_is_the_question_else_what_was_asked_since_the_last_answer() -> None:
    said = ((C, "old"), (A, "answer"), (C, "one"), (C, "two"), (S, "a colleague replies"), (H, "Yes."))
    assert read(*said, at=4, request="Asked?").question == "Asked?"
    assert read(*said, at=4).question == "one\ntwo"


def test_messages_in_a_row_are_one_answer_and_thanks_are_none() -> None:
    found = read((C, "Q?"), (H, "First."), (C, "Thanks!"), (H, "Second."), (C, "Thank you, that worked!"))
    assert (found.answer, found.notes) == ("First.\n\nSecond.", ())
    assert found.answered_at == BEGIN + timedelta(hours=4)


def test_of_a_talk_the_last_answer_is_taken_and_the_talk_is_told() -> None:
    found = read((C, "Q?"), (H, "Which one?"), (C, "the blue one"), (H, "It can."))
    assert found.answer == "It can." and "several times" in found.notes[0]


def test_who_writes_again_is_told() -> None:
    assert "wrote again" in read((C, "Q?"), (H, "Yes."), (C, "And where is my invoice?")).notes[0]


@pytest.mark.parametrize("said", ["That did not work.", "Nein, das hilft nicht."])
def test_an_answer_that_was_rejected_is_none(said: str) -> None:
    assert exchange_of(handed((C, "Q?"), (H, "Yes."), (C, said))) is Unproposed.REJECTED


def test_what_was_answered_before_or_for_the_next_hand_over_does_not_count() -> None:
    before = handed((C, "Q?"), (H, "Yes."), (C, "More?"), at=3)
    assert exchange_of(before) is Unproposed.NO_WORDS
    later = handed((C, "Q?"), (H, "Yes."), (C, "More?"), (H, "No."))
    found = exchange_of(replace(later, until=BEGIN + timedelta(hours=3, minutes=1)))
    assert isinstance(found, Exchange) and found.answer == "Yes."


@pytest.mark.parametrize("request_", ["", "  ", "Thanks!"])
def test_without_a_question_in_words_there_is_nothing_to_learn(request_: str) -> None:
    assert exchange_of(handed((S, "x"), (H, "Yes."), request=request_)) is Unproposed.NO_QUESTION


@pytest.mark.parametrize("reason", sorted(ALWAYS_A_PERSONS))
def test_what_is_always_a_person_s_is_never_proposed(reason: Reason) -> None:
    assert exchange_of(handed((C, "Q?"), (H, "Yes."), reason=reason)) is Unproposed.BY_RULE


@pytest.mark.parametrize("reason", sorted(RULED))
def test_a_rule_that_may_hand_it_over_again_is_told(reason: Reason) -> None:
    assert reason in read((C, "Q?"), (H, "Yes."), reason=reason).notes[0]


def test_every_reason_has_words() -> None:
    assert REASONS.keys() == set(Unproposed)
