"""The way out by Twilio, against the double: what is sent, and what each answer means."""

import json
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from doubles.twilio import listing
from doubles.twilio.inbound import Inbound
from doubles.twilio.misbehaviour import Rule
from doubles.twilio_world import ADA, OURS
from ports import free_port
from whatsapp_world import STATUS_URL, TEMPLATE, a_part, a_world

from fte_agent.domain.delivery import Sent
from fte_agent.domain.messages import ReplyTarget
from fte_agent.errors import SendFailed
from fte_runtime.channels.parts import CREDENTIALS
from fte_runtime.channels.twilio_whatsapp import client
from fte_runtime.channels.twilio_whatsapp.client import Account, Refused
from fte_runtime.channels.twilio_whatsapp.health import REFUSED_CREDENTIALS

CLOSED = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        await world.double.receive(Inbound(ADA, "hi"))
        yield world


async def refused(world, *rules, part=None, **changes):
    world.double.script.add(*rules)
    with pytest.raises(SendFailed) as caught:
        await world.sender(**changes).send(part or a_part())
    return caught.value


async def test_a_part_goes_from_our_number_to_the_customer_with_its_own_status_url(world):
    part = a_part("There.")
    sent = await world.sender(status_url=STATUS_URL).send(part)
    [taken] = world.double.journal.accepted(ADA)
    assert sent == Sent(taken["sid"])
    assert (taken["from"], taken["to"], taken["body"]) == (OURS, ADA, "There.")
    assert taken["status_callback"] == f"{STATUS_URL}?delivery={part.id}"
    assert taken["content_sid"] is None


async def test_without_a_public_url_no_reports_are_asked_for(world):
    await world.sender().send(a_part())
    assert world.double.journal.accepted()[0]["status_callback"] is None


async def test_a_bare_number_gets_the_channel_s_prefix(world):
    await world.sender().send(a_part(target=ReplyTarget(ADA.removeprefix("whatsapp:"))))
    assert len(world.double.journal.accepted(ADA)) == 1


async def test_outside_the_window_the_template_goes_and_the_part_waits(world):
    sent = await world.sender().send(a_part(window_until=CLOSED))
    [taken] = world.double.journal.accepted(ADA)
    assert sent == Sent(taken["sid"], placeholder=True)
    assert (taken["content_sid"], taken["body"]) == (TEMPLATE["content_sid"], "")
    assert json.loads(taken["content_variables"]) == {"1": "Ada", "2": "Example Ltd"}


@pytest.mark.parametrize(("name", "value"), [("", "there"), ("  ", "there"), ("Ada\nL.\t O.", "Ada L. O.")])
async def test_a_template_s_variable_is_one_line_and_never_empty(world, name, value):
    await world.sender().send(a_part(window_until=CLOSED, customer_name=name))
    assert json.loads(world.double.journal.accepted()[0]["content_variables"])["1"] == value


async def test_a_template_that_would_have_an_empty_variable_is_not_sent(tmp_path):
    template = TEMPLATE | {"variables": {"1": {"source": "Subject", "default": " "}}}
    async with a_world(tmp_path, templates={"reopen": template}) as world:
        failure = await refused(world, part=a_part(window_until=CLOSED))
        assert (failure.code, failure.retryable) == ("EmptyVariable", False)
        assert world.double.journal.of("request") == []


async def test_without_a_template_a_closed_window_is_a_person_s(tmp_path):
    async with a_world(tmp_path, templates={}) as world:
        failure = await refused(world, part=a_part(window_until=CLOSED))
        assert (failure.code, failure.retryable, failure.window_closed) == ("WindowClosed", False, False)
        assert world.double.journal.of("request") == []


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (429, 20429, True),
        (503, 20503, True),
        (500, 20500, True),
        (400, 63018, True),
        (400, 21211, False),
        (400, 21610, False),
        (400, 21614, False),
        (400, 21617, False),
        (400, 21658, False),
        (400, 63003, False),
        (400, 63024, False),
        (400, 99999, False),
        (403, 20403, False),
    ],
)
async def test_each_error_is_of_one_class(world, status, code, retryable):
    failure = await refused(world, Rule(status=status, code=code))
    assert (failure.code, failure.retryable, failure.window_closed) == (str(code), retryable, False)
    assert world.double.journal.accepted() == []


async def test_twilio_s_wish_to_wait_is_passed_on(world):
    failure = await refused(world, Rule(status=429, code=20429, retry_after=7))
    assert failure.retry_after == 7


async def test_whatsapp_s_own_clock_closes_the_window(world):
    failure = await refused(world, Rule(status=400, code=63016))
    assert failure.window_closed


async def test_a_template_that_is_refused_as_free_text_is_not_tried_for_ever(world):
    failure = await refused(world, Rule(status=400, code=63016), part=a_part(window_until=CLOSED))
    assert (failure.code, failure.retryable, failure.window_closed) == ("63016", False, False)


async def test_refused_credentials_are_told_and_tried_again(world):
    world.double.account.auth_token = "another"
    failure = await refused(world)
    assert (failure.code, failure.retryable) == ("20003", True)
    assert world.reports == [(CREDENTIALS, REFUSED_CREDENTIALS)]


async def test_credentials_are_read_anew_each_time(world):
    world.double.account.auth_token = "rotated"
    world.settings.auth_token_file.write_text("rotated")
    assert (await world.sender().send(a_part())).provider_id


async def test_credentials_that_are_not_there_may_come(world):
    world.settings.auth_token_file.unlink()
    failure = await refused(world)
    assert (failure.code, failure.retryable) == ("NoCredentials", True)


async def test_a_twilio_that_cannot_be_reached_does_not_have_it(world):
    nowhere = Account(world.settings.model_copy(update={"api_url": f"http://127.0.0.1:{free_port()}"}))
    failure = await refused(world, account=nowhere)
    await nowhere.aclose()
    assert (failure.code, failure.retryable) == ("NotReached", True)


@pytest.mark.parametrize("rule", [Rule(cut="reset", accepted=True), Rule(cut="reset")])
async def test_a_connection_that_breaks_says_nothing(world, rule):
    world.double.script.add(rule)
    with pytest.raises(aiohttp.ClientError):
        await world.sender().send(a_part())


async def test_an_answer_that_does_not_come_says_nothing(world, monkeypatch):
    monkeypatch.setattr(client, "TOTAL_SECONDS", 0.3)
    world.double.script.add(Rule(cut="hang", accepted=True))
    with pytest.raises(TimeoutError):
        await world.sender().send(a_part())
    assert len(world.double.journal.accepted()) == 1


async def test_a_server_s_error_not_in_twilio_s_form_says_nothing(world, monkeypatch):
    monkeypatch.setattr(client, "_code", lambda text: None)
    world.double.script.add(Rule(status=502))
    with pytest.raises(Refused):
        await world.sender().send(a_part())


async def test_a_failure_quotes_no_address(world):
    failure = await refused(world, Rule(status=400, code=21211, message=f"The 'To' number {ADA} is not valid"))
    assert ADA not in str(failure)


async def test_what_was_taken_without_an_answer_is_found(world):
    part = a_part()
    sent = await world.sender().send(part)
    assert await world.sender().look_up(part) == sent


async def test_what_another_delivery_has_is_not_found_again(world):
    first, second = a_part(), a_part()
    one, two = await world.sender().send(first), await world.sender().send(second)
    world.deliveries.known = {one.provider_id}
    assert await world.sender().look_up(second) == two
    world.deliveries.known = {one.provider_id, two.provider_id}
    assert await world.sender().look_up(second) is None


async def test_of_two_alike_the_older_is_found_first(world):
    part = a_part()
    one = await world.sender().send(part)
    await world.sender().send(part)
    assert await world.sender().look_up(part) == one


async def test_other_words_other_people_and_older_messages_are_none_of_it(world):
    await world.sender().send(a_part("Other words."))
    await world.sender().send(a_part(target=ReplyTarget("whatsapp:+447700900999")))
    world.double.account.clock = lambda: datetime.now(UTC) - timedelta(minutes=10)
    await world.sender().send(a_part())
    assert await world.sender().look_up(a_part()) is None


async def test_a_list_that_is_bounded_by_days_alone_does_no_harm(world, monkeypatch):
    monkeypatch.setattr(listing, "_in_time", lambda message, query: True)
    world.double.account.clock = lambda: datetime.now(UTC) - timedelta(minutes=10)
    await world.sender().send(a_part())
    assert await world.sender().look_up(a_part()) is None


async def test_a_template_is_found_as_a_placeholder(world):
    part = a_part(window_until=CLOSED)
    sent = await world.sender().send(part)
    assert await world.sender().look_up(part) == sent


async def test_a_look_up_that_fails_is_an_error(world):
    world.double.script.add(Rule(on="list", status=503, code=20503))
    with pytest.raises(Refused):
        await world.sender().look_up(a_part())
