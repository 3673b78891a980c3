"""The reasons and sentences of the database's errors are those that the operator knows."""

from collections.abc import Iterator

import pytest

from fte_database import errors
from fte_database.errors import DatabaseError, OwnedByAnother, TLSFailed
from fte_operator.status.conditions import ConditionType
from fte_operator.status.database import REMEDIES, SENTENCES, faulty, with_remedy
from fte_runtime.commands.migrate import reason_of
from fte_transport import tls


def kinds(base: type[DatabaseError] = DatabaseError) -> Iterator[type[DatabaseError]]:
    yield base
    for each in base.__subclasses__():
        yield from kinds(each)


def made(kind: type[DatabaseError]) -> DatabaseError:
    return OwnedByAnother("shop/ada") if kind is OwnedByAnother else kind("it failed")


@pytest.mark.parametrize("kind", sorted(set(kinds()), key=lambda each: each.__name__))
def test_every_reason_of_a_job_has_its_remedy(kind: type[DatabaseError]) -> None:
    assert reason_of(made(kind)) in REMEDIES


@pytest.mark.parametrize("sentence", sorted(SENTENCES))
def test_what_the_api_says_gives_the_same_reason_as_a_job_and_a_remedy(sentence: str) -> None:
    found = faulty({"database": sentence})
    assert found is not None and found.type == ConditionType.DATABASE_READY
    told = {kind.reason for kind in kinds() if kind.public == sentence}
    assert {found.reason} == told | ({TLSFailed.reason} if sentence in tls.SENTENCES else set())
    assert found.message.count("; ") == 1


def test_a_database_that_is_somebody_else_s_is_told_with_one_remedy() -> None:
    said = with_remedy(str(OwnedByAnother("shop/ada")), REMEDIES["OwnedByAnother"])
    assert said == "the database belongs to shop/ada; give this employee one of its own"


def test_no_error_shares_its_sentence_with_another_reason() -> None:
    told = {(kind.public, kind.reason) for kind in kinds() if kind.public in SENTENCES}
    assert len(told) == len({sentence for sentence, _ in told})
    assert errors.Busy.reason == errors.Unreachable.reason
