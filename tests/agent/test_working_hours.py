"""When people are back, in the company's own time, and what a customer is told of it."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from fte_agent.channels import TRAITS, WHATSAPP
from fte_agent.domain.behaviour import BusinessHours, Company, OpenHours
from fte_agent.domain.turns import Outcome, Reason, Trigger
from fte_agent.reply.working_hours import is_open, next_opening
from fte_agent.testing import FixedClock, FixedHistory, FixedSearch, ScriptedMind, WordClassifier, a_context
from fte_agent.turn.decide import TurnPorts, escalate_exhausted, run_turn
from fte_agent.turn.policy import Verdict

WEEK = frozenset(range(5))
BERLIN = BusinessHours("Europe/Berlin", (OpenHours(WEEK, time(9), time(12)), OpenHours(WEEK, time(13), time(17))))
NIGHTS = BusinessHours(
    "Europe/Berlin",
    (OpenHours(frozenset({5}), time(22), None), OpenHours(frozenset({6}), time(0), time(2, 30))),
)
SATURDAY = datetime(2026, 1, 3, 10, tzinfo=UTC)
FRIDAY = datetime(2026, 1, 2, 10, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("instant", "open_", "opening"),
    [
        ("2026-01-02T07:59+00:00", False, "2026-01-02T09:00+01:00"),
        ("2026-01-02T08:00+00:00", True, "2026-01-02T13:00+01:00"),
        ("2026-01-02T11:00+00:00", False, "2026-01-02T13:00+01:00"),
        ("2026-01-02T16:00+00:00", False, "2026-01-05T09:00+01:00"),
        ("2026-07-03T07:00+00:00", True, "2026-07-03T13:00+02:00"),
        ("2026-03-27T16:30+00:00", False, "2026-03-30T09:00+02:00"),  # the clocks jump in between
        ("2026-10-23T15:30+00:00", False, "2026-10-26T09:00+01:00"),
    ],
)
def test_open_and_next_opening(instant, open_, opening):
    assert is_open(BERLIN, at(instant)) is open_
    assert next_opening(BERLIN, at(instant)) == at(opening)


@pytest.mark.parametrize(
    ("instant", "open_"),
    [
        ("2026-03-28T22:30+00:00", True),
        ("2026-03-29T00:59+00:00", True),
        ("2026-03-29T01:29+00:00", True),  # 02:30 is skipped: it counts as 03:30
        ("2026-03-29T01:30+00:00", False),
        ("2026-10-25T00:29+00:00", True),
        ("2026-10-25T00:30+00:00", False),  # 02:30 comes twice: the first counts
    ],
)
def test_nights_in_which_the_clocks_change(instant, open_):
    assert is_open(NIGHTS, at(instant)) is open_


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Asia/Kolkata", "UTC"])
def test_the_next_opening_is_open_and_no_instant_before_it_is(zone):
    hours = replace(BERLIN, time_zone=zone)
    for hour in range(0, 24 * 400, 7):
        instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
        opening = next_opening(hours, instant)
        assert opening is not None
        assert instant < opening <= instant + timedelta(days=5)
        assert is_open(hours, opening)
        if not is_open(hours, instant):
            assert not is_open(hours, opening - timedelta(seconds=1))


def test_hours_of_no_day_never_open():
    hours = BusinessHours("UTC", (OpenHours(frozenset(), time(9), time(17)),))
    assert next_opening(hours, FRIDAY) is None
    assert not is_open(hours, FRIDAY)


class At(FixedClock):
    """A clock that stands."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def now(self) -> datetime:
        return self._now


def ports(now: datetime, hours: BusinessHours | None = BERLIN) -> TurnPorts:
    return TurnPorts(
        company=Company("Acme", business_hours=hours),
        customers=FixedHistory(),
        search=FixedSearch(),
        model=ScriptedMind(),
        classifier=WordClassifier(
            {
                "lawyer": Verdict(Reason.LEGAL, Trigger.RULE, 1.0),
                "suicide": Verdict(Reason.SAFETY, Trigger.RULE, 1.0),
            }
        ),
        clock=At(now),
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("My lawyer will call you.", "Our team is back on Monday, 5 January, from 09:00 (Europe/Berlin)."),
        (
            "Die Sache ist nicht gut und mein Lawyer wird das klären.",
            "am Montag, dem 5. Januar, ab 09:00 Uhr wieder da",
        ),
        ("El lawyer que tengo no es para usted, por favor.", "el lunes 5 de enero a partir de las 09:00"),
        ("Le lawyer que nous avons est dans une réunion avec vous.", "lundi 5 janvier à partir de 09:00"),
    ],
)
async def test_outside_hours_a_hand_over_says_when_people_are_back(said, told):
    decision = await run_turn(a_context(said), ports(SATURDAY))
    assert decision.outcome is Outcome.ESCALATE
    assert told in (decision.text or "")


@pytest.mark.parametrize("world", [(FRIDAY, BERLIN), (SATURDAY, None)], ids=["open", "no hours"])
async def test_otherwise_nothing_is_told(world):
    decision = await run_turn(a_context("My lawyer will call you."), ports(*world))
    assert "back" not in (decision.text or "")


@pytest.mark.parametrize(
    ("now", "day"), [("2026-01-05T02:00+01:00", "Monday, 5 January"), ("2026-01-05T18:30+01:00", "Monday, 12 January")]
)
async def test_today_is_told_from_the_same_day_of_next_week(now, day):
    mondays = BusinessHours("Europe/Berlin", (OpenHours(frozenset({0}), time(9), time(17)),))
    decision = await run_turn(a_context("My lawyer will call you."), ports(at(now), mondays))
    assert f"back on {day}, from 09:00" in (decision.text or "")


async def test_who_may_be_in_danger_is_not_told_to_wait():
    decision = await run_turn(a_context("I think of suicide."), ports(SATURDAY))
    assert decision.escalation is not None
    assert decision.escalation.reason is Reason.SAFETY
    assert "emergency number now" in (decision.text or "")
    assert "back" not in (decision.text or "")


async def test_at_the_cap_it_is_told_and_with_a_courtesy_it_is_not():
    spent = replace(a_context("How?"), budget_spent=True)
    assert "back on Monday" in ((await run_turn(spent, ports(SATURDAY))).text or "")
    assert "back" not in ((await run_turn(a_context("Hello!"), ports(SATURDAY))).text or "")


async def test_it_is_left_out_where_the_channel_has_no_room():
    context = a_context("My lawyer will call you.", max_chars=130)
    decision = await run_turn(context, ports(SATURDAY))
    assert "back" not in (decision.text or "")
    assert len(decision.text or "") <= 130


async def test_whoever_opted_out_is_told_nothing():
    decision = await run_turn(replace(a_context("My lawyer"), opted_out=True), ports(SATURDAY))
    assert decision.parts == ()


def test_a_burst_without_a_turn_is_told_as_well():
    company = Company("Acme", business_hours=BERLIN)
    context = replace(a_context("How?"), channel=WHATSAPP, max_chars=TRAITS[WHATSAPP].style.max_chars)
    assert "back on Monday" in (escalate_exhausted(context, company, Reason.OVERDUE, now=SATURDAY).text or "")
    assert "back" not in (escalate_exhausted(context, company, now=FRIDAY).text or "")
