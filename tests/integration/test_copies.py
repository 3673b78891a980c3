"""A form's answer by mail, end to end: API, Kafka, workers and PostgreSQL as processes, and Google's double.

The oracle is the double's journal against the page and the rows.
"""

from base64 import b64decode
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from data_plane import FACT, PARTITIONS, DataPlane, until
from doubles.google.double import GoogleDouble
from doubles.google.misbehaviour import Rule
from doubles.google_world import DESK, a_double
from kafka_topics import make_topics

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

COPIES = "SELECT id, state, attempts FROM deliveries WHERE channel_config_id IS NOT NULL"


@pytest.fixture
async def google(data_plane: DataPlane) -> AsyncIterator[GoogleDouble]:
    """A mailbox is bound, and the API runs; workers are each test's to start."""
    topic = f"{data_plane.prefix}.channels.email.inbound"
    admin = AIOKafkaAdminClient(bootstrap_servers=data_plane.bootstrap)
    await admin.start()
    try:
        await make_topics(admin, [NewTopic(topic, PARTITIONS, 1)])
        async with a_double() as double:
            credentials = data_plane.folder / "credentials.json"
            credentials.write_text(double.identities.service_accounts[0].file(double.token_url))
            gmail = {"mailbox": DESK, "credentials_file": str(credentials), "api_url": double.url}
            gmail |= {"token_url": double.token_url}
            data_plane.channels.append({"name": "mail", "type": "Gmail", "gmail": gmail})
            await data_plane.api()
            yield double
            await data_plane.end()
    finally:
        await admin.delete_topics([topic])
        await admin.close()


def mails(google: GoogleDouble) -> list[EmailMessage]:
    return [message_from_bytes(b64decode(sent["raw"]), policy=policy.default) for sent in google.journal.sent()]  # type: ignore[arg-type]


async def copied(plane: DataPlane, google: GoogleDouble, *wanted: str, seconds: float = 60) -> None:
    """Every copy is in the state given for it, and Google has each at most once."""

    async def reached() -> bool:
        return sorted(row["state"] for row in await plane.rows(COPIES)) == sorted(wanted)

    try:
        await until(reached, seconds, f"copies {wanted}")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{await plane.rows(COPIES)}\n{plane.logs()}") from None
    assert google.journal.duplicates() == {}


async def test_an_answer_is_on_the_page_and_in_one_mail_without_a_word_of_the_form(data_plane, google):
    await data_plane.worker()
    name, subject = f"Pills{uuid4().hex[:6]}", f"Advert {uuid4().hex[:6]}"
    form = data_plane.form(name=name, subject=subject, email="ada@example.net")
    ticket = await data_plane.submit(form)
    await data_plane.answered(ticket)
    await copied(data_plane, google, "accepted")
    [mail] = mails(google)
    assert (mail["To"], mail["Auto-Submitted"]) == ("ada@example.net", "auto-generated")
    assert mail["Subject"].startswith("Your request to Example Ltd, ticket ")
    [row] = await data_plane.rows(COPIES)
    assert mail["X-FTE-Delivery"] == str(row["id"])
    text = mail.get_body(("plain",)).get_content()
    assert FACT in text and "have not verified" in text
    whole = mail.as_string()
    assert not any(word in whole for word in (name, subject, form["message"], ticket["token"], ticket["ticket_id"]))


async def test_what_google_took_without_an_answer_is_found_and_not_sent_again(data_plane, google):
    google.script.add(Rule(on="send", cut="reset", accepted=True))
    await data_plane.worker(lease_seconds=1, lookup_seconds=1)
    await data_plane.answered(await data_plane.submit())
    await copied(data_plane, google, "accepted", seconds=90)
    assert len(mails(google)) == 1 and google.script.unused == []


async def test_while_google_refuses_the_page_answers_and_the_mail_follows(data_plane, google):
    google.script.add(Rule(on="token", status=503, times=3))
    await data_plane.worker()
    for _ in range(2):
        await data_plane.answered(await data_plane.submit())
    await copied(data_plane, google, "accepted", "accepted")
    assert len(mails(google)) == 2
    assert await data_plane.rows("SELECT FROM escalations") == []


async def test_two_workers_one_of_which_is_killed_send_each_once(data_plane, google):
    doomed = await data_plane.worker(lease_seconds=1, lookup_seconds=1)
    tickets = [await data_plane.submit() for _ in range(4)]
    await data_plane.answered(tickets[0])
    doomed.kill()
    await data_plane.worker(lease_seconds=1, lookup_seconds=1)
    await data_plane.worker(lease_seconds=1, lookup_seconds=1)
    for ticket in tickets:
        await data_plane.answered(ticket, 90)
    await copied(data_plane, google, *["accepted"] * 4, seconds=120)
    assert len(mails(google)) == 4
