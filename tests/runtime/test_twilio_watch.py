"""What one worker at a time watches at Twilio, against the double."""

from datetime import timedelta

import pytest
from doubles.twilio.inbound import Inbound
from doubles.twilio.misbehaviour import Rule
from doubles.twilio_world import ADA, HIDDEN, OURS
from runtime_doubles import FakeClock, FakeCursors, FakeTakeovers
from whatsapp_world import a_part, a_world

from fte_runtime.channels.parts import CREDENTIALS, REGISTRATION
from fte_runtime.channels.twilio_whatsapp.client import Refused
from fte_runtime.channels.twilio_whatsapp.health import MISSING_CREDENTIALS, REFUSED_CREDENTIALS, CredentialsCheck
from fte_runtime.channels.twilio_whatsapp.outside import GRACE, OutsideReplies
from fte_runtime.channels.twilio_whatsapp.registration import Registration, webhook_urls
from fte_runtime.clock import SystemClock

PUBLIC = "https://support.example.org/"
URLS = {
    "callback_url": "https://support.example.org/webhooks/whatsapp",
    "status_callback_url": "https://support.example.org/webhooks/whatsapp/status",
}


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        await world.double.receive(Inbound(ADA, "hi"))  # so that she may be written to
        yield world


def credentials(world):
    return CredentialsCheck(channel="whatsapp", account=world.account, report=world.report)


async def test_credentials_that_work_are_well(world):
    await credentials(world).step()
    assert world.reports == [(CREDENTIALS, None)]


async def test_credentials_that_are_refused_or_missing_are_told(world):
    world.double.account.auth_token = "another"
    await credentials(world).step()
    world.settings.account_sid_file.unlink()
    await credentials(world).step()
    assert world.reports == [(CREDENTIALS, REFUSED_CREDENTIALS), (CREDENTIALS, MISSING_CREDENTIALS)]


async def test_an_outage_says_nothing_of_credentials(world):
    world.double.script.add(Rule(on="account", status=503, code=20503))
    with pytest.raises(Refused):
        await credentials(world).step()
    assert world.reports == []


def registration(world, public_url=PUBLIC, **changes):
    return Registration(
        channel="whatsapp",
        account=world.account,
        settings=world.settings.model_copy(update={"registration": "Managed"} | changes),
        wanted=webhook_urls(public_url),
        report=world.report,
    )


async def test_a_managed_sender_s_webhooks_are_set_once_and_the_rest_is_left(world):
    webhook = world.double.account.senders[0].webhook
    webhook["fallback_url"] = "https://elsewhere.example.org/"
    await registration(world).step()
    assert URLS.items() <= webhook.items()
    assert webhook["fallback_url"] == "https://elsewhere.example.org/"
    await registration(world).step()
    assert len(world.double.journal.requests("POST", world.double.account.senders[0].sid)) == 1
    assert world.reports == [(REGISTRATION, None)] * 2


async def test_a_webhook_that_somebody_changed_is_set_back(world):
    await registration(world).step()
    world.double.account.senders[0].webhook["callback_url"] = "https://elsewhere.example.org/"
    await registration(world).step()
    assert world.double.account.senders[0].webhook["callback_url"] == URLS["callback_url"]


async def test_an_unmanaged_sender_s_webhook_is_told_and_not_touched(world):
    await registration(world, registration="Manual").step()
    [(part, error)] = world.reports
    assert part == REGISTRATION
    assert URLS["callback_url"] in error
    assert world.double.account.senders[0].webhook == {}


@pytest.mark.parametrize(
    ("webhook", "well"),
    [
        ({"callback_url": URLS["callback_url"]}, True),
        ({"callback_url": f"{URLS['callback_url']}#rp=5xx&rc=5", "callback_method": "POST"}, True),
        ({"callback_url": URLS["callback_url"], "callback_method": "GET"}, False),
        ({"callback_url": "https://elsewhere.example/webhooks/whatsapp"}, False),
    ],
)
async def test_what_a_person_set_is_well_if_messages_arrive(world, webhook, well):
    world.double.account.senders[0].webhook.update(webhook)
    await registration(world, registration="Manual").step()
    [(_, error)] = world.reports
    assert (error is None) == well


@pytest.mark.parametrize(("mode", "told"), [("Managed", True), ("Manual", False)])
async def test_without_a_public_url_or_a_listed_sender_only_a_managed_one_is_at_fault(world, mode, told):
    await registration(world, public_url=None, registration=mode).step()
    await registration(world, registration=mode, sender="+14155550000").step()
    assert [error is not None for _, error in world.reports] == [told, told]


async def outside(world, *, later=GRACE, cursors=None):
    """One look, as if it were later."""
    takeovers, clock = FakeTakeovers(), FakeClock(at=SystemClock().now() + later)
    await OutsideReplies(
        channel="whatsapp",
        account=world.account,
        sender=OURS.removeprefix("whatsapp:"),
        deliveries=world.deliveries,
        takeovers=takeovers,
        cursors=cursors or FakeCursors(),
        clock=clock,
    ).step()
    return takeovers.replies


async def test_a_colleague_s_message_takes_the_conversation_over(world):
    sid = world.double.write_from_console(ADA, "I will look into it")
    [reply] = await outside(world)
    assert (reply.channel_name, reply.thread_key, reply.external_id) == ("whatsapp", ADA, sid)
    assert (reply.channel, reply.body) == ("whatsapp", "I will look into it")
    assert reply.occurred_at == world.double.account.messages[sid].created.replace(microsecond=0)


async def test_our_own_and_what_customers_write_take_nothing_over(world):
    sent = await world.sender().send(a_part())
    world.deliveries.known = {sent.provider_id}
    assert await outside(world) == []


async def test_a_message_just_made_is_left_for_the_next_look(world):
    world.double.write_from_console(ADA, "I will look into it")
    assert await outside(world, later=timedelta()) == []


async def test_while_a_part_s_fate_is_open_nothing_is_taken_over_for_that_customer(world):
    await world.sender().send(a_part())
    world.double.write_from_console(HIDDEN, "Hello")
    world.deliveries.open_addresses = {ADA}
    assert [reply.thread_key for reply in await outside(world)] == [HIDDEN]


async def test_what_was_left_for_later_is_looked_at_again_however_old_it_is(world):
    """As after a crash in the middle of sending, in an outage during which a colleague answered."""
    sid = world.double.write_from_console(ADA, "I will look into it")
    world.double.account.messages[sid].created -= timedelta(hours=1)
    begun = (SystemClock().now() - timedelta(hours=2)).isoformat()
    cursors = FakeCursors({("whatsapp", OutsideReplies.role): begun})
    world.deliveries.open_addresses = {ADA}
    assert await outside(world, cursors=cursors) == []
    world.deliveries.open_addresses = set()
    assert [reply.external_id for reply in await outside(world, cursors=cursors)] == [sid]


async def test_a_part_recorded_while_looking_is_ours(world):
    sent = await world.sender().send(a_part())

    async def recorded_meanwhile(channel_name, address):
        world.deliveries.known = {sent.provider_id}
        return False

    world.deliveries.has_unconfirmed = recorded_meanwhile
    assert await outside(world) == []
