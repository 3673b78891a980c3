"""Question in, answer out, over the real API, Kafka, worker and PostgreSQL; and what crashes leave.

The oracle is independent of what it judges: the forms this test sent, rows, and the status page.
"""

import asyncio
import json
from uuid import uuid4

import pytest
from data_plane import FACT, DataPlane, until
from ports import free_port

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]

TICKETS = "SELECT count(*) FROM tickets"
REPLIES = "SELECT count(*) FROM messages WHERE direction = 'outbound'"
SENT = "SELECT count(*) FROM deliveries WHERE state IN ('accepted', 'sent', 'delivered')"


async def counts(plane: DataPlane) -> tuple[int, int, int]:
    """Tickets, replies, deliveries that are through."""
    return tuple([(await plane.rows(query))[0][0] for query in (TICKETS, REPLIES, SENT)])


async def one_answer_each(plane: DataPlane, *tickets: dict[str, str]) -> None:
    """Every ticket has one row and shows exactly one reply, with the fact and its source."""
    for ticket in tickets:
        page = await plane.answered(ticket, seconds=60)
        replies = [m for m in page["messages"] if m["author"] != "customer"]
        assert [r["author"] for r in replies] == ["ai"]
        assert FACT in replies[0]["text"]
        assert page["status"] == "waiting"
    assert await counts(plane) == (len(tickets),) * 3
    await until(lambda: _no_lag(plane), what="commit of every offset")


async def _no_lag(plane: DataPlane) -> bool:
    return await plane.lag() == 0


async def test_a_question_is_answered_from_the_knowledge_with_its_source(data_plane):
    await data_plane.api()
    await data_plane.worker()
    ticket = await data_plane.submit()
    page = await data_plane.answered(ticket)
    customer, reply = page["messages"]
    assert customer["author"] == "customer"
    assert FACT in reply["text"]
    assert reply["citations"][0]["uri"].startswith("docs/help.md#")
    await one_answer_each(data_plane, ticket)
    events = await until(lambda: data_plane.records("metrics"), what="the metrics event")
    assert json.loads(events[0].value)["ticket_id"] == ticket["ticket_id"]
    [raw] = await until(lambda: data_plane.records("channels.webform.inbound"), what="the raw event")
    assert "submission_id" in json.loads(raw.value)


async def test_another_text_under_the_same_id_is_refused_or_read(data_plane):
    process = await data_plane.api()
    await data_plane.worker()
    form = data_plane.form()
    ticket = await data_plane.submit(form)
    other = form | {"message": "My lawyer will sue your company for damages in court."}
    assert (await data_plane.http.post("/support/submit", json=other)).status_code == 409
    await data_plane.answered(ticket)
    await data_plane.stop(process)
    await data_plane.api()  # which remembers nothing
    assert (await data_plane.submit(other))["ticket_id"] == ticket["ticket_id"]

    async def read():
        page = await data_plane.page(ticket)
        return page["status"] == "escalated" and [m["text"] for m in page["messages"] if m["author"] == "customer"]

    assert await until(read, 60, "the second text's escalation") == [form["message"], other["message"]]


async def test_a_form_whose_hidden_field_is_filled_in_is_answered(data_plane):
    """As password managers do it."""
    await data_plane.api()
    await data_plane.worker()
    await one_answer_each(data_plane, await data_plane.submit(data_plane.form(hp="Ada Lovelace")))


async def test_more_than_the_employee_answers_goes_to_a_person_and_a_flood_is_told_when_to_come_back(data_plane):
    data_plane.channels[0]["web_form"] = {"rate_limit_per_minute": 1}
    await data_plane.api()
    await data_plane.worker()
    answered = await data_plane.submit(data_plane.form())
    excess = [await data_plane.submit(data_plane.form()) for _ in range(5)]
    pages = [await data_plane.answered(ticket) for ticket in (answered, *excess)]
    assert [page["status"] for page in pages] == ["waiting"] + ["escalated"] * 5
    assert {m["author"] for page in pages[1:] for m in page["messages"]} == {"customer", "system"}
    reasons = "SELECT array_agg(DISTINCT reason_code), count(*) FROM escalations"
    assert tuple((await data_plane.rows(reasons))[0]) == (["budget"], 5)
    assert await data_plane.rows("SELECT DISTINCT model FROM agent_runs WHERE status = 'escalated'") == [("",)]
    flood = [await data_plane.http.post("/support/submit", json=data_plane.form()) for _ in range(20)]
    assert flood[-1].status_code == 429
    assert int(flood[-1].headers["retry-after"]) >= 1


async def test_a_legal_threat_goes_to_a_person_and_is_told_on_the_topic(data_plane):
    await data_plane.api()
    await data_plane.worker()
    ticket = await data_plane.submit(data_plane.form("My lawyer will sue your company for damages in court."))
    page = await data_plane.answered(ticket)
    assert page["status"] == "escalated"
    assert [m["author"] for m in page["messages"]] == ["customer", "system"]
    [event] = await until(lambda: data_plane.records("escalations"), what="the escalation event")
    told = json.loads(event.value)
    assert (told["ticket_id"], told["reason"]) == (ticket["ticket_id"], "legal")  # not just "nothing found"


@pytest.mark.parametrize(
    "kill",
    [
        "tickets.ingest:1:before",
        "tickets.ingest:1:after",  # between ingest's commit and the offset's
        "consumer.commit:1:after",
        "tickets.claim:1:after",  # between claim and commit
        "tickets.commit:1:before",
        "tickets.commit:1:after",
        "deliveries.claim_delivery:1:after",
        "deliveries.mark_sent:1:after",
        "publisher.publish:1:after",  # between the relay's publishing and marking
    ],
)
async def test_a_worker_killed_anywhere_leaves_one_ticket_and_one_reply(data_plane, kill):
    await data_plane.api()
    ticket = await data_plane.submit()
    await data_plane.killed(data_plane.deadly_worker(kill, lease_seconds=1))
    await data_plane.worker(lease_seconds=1)
    await one_answer_each(data_plane, ticket)


async def test_a_worker_killed_between_two_deliveries_sends_each_once(data_plane):
    await data_plane.api()
    tickets = [await data_plane.submit() for _ in range(3)]
    await data_plane.killed(data_plane.deadly_worker("deliveries.claim_delivery:2:after", lease_seconds=1))
    await data_plane.worker(lease_seconds=1)
    await one_answer_each(data_plane, *tickets)


async def test_the_same_submission_at_once_and_later_is_one_ticket(data_plane):
    await data_plane.api()
    await data_plane.worker()
    form = data_plane.form()
    tickets = await asyncio.gather(*(data_plane.submit(form) for _ in range(5)))
    await one_answer_each(data_plane, tickets[0])
    later = await data_plane.submit(form)
    assert {t["ticket_id"] for t in (*tickets, later)} == {later["ticket_id"]}
    await until(lambda: _no_lag(data_plane), what="the doubled records")
    await one_answer_each(data_plane, later)


async def test_the_same_id_from_two_senders_is_two_tickets_and_both_are_read(data_plane):
    await data_plane.api()
    await data_plane.worker()
    first = data_plane.form()
    other = data_plane.form(submission_id=first["submission_id"])
    tickets = [await data_plane.submit(form) for form in (first, other)]
    headers = {"authorization": f"Bearer {tickets[1]['token']}"}
    assert (await data_plane.http.get(tickets[0]["status_url"], headers=headers)).status_code == 401
    await one_answer_each(data_plane, *tickets)


async def test_kafka_down_is_503_and_the_same_id_later_is_one_ticket(data_plane):
    form = data_plane.form()
    down = await data_plane.api(
        kafka={"bootstrap_servers": f"127.0.0.1:{free_port()}", "topic_prefix": data_plane.prefix}
    )
    refused = await data_plane.http.post("/support/submit", json=form)
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    report = (await data_plane.http.get(f"{data_plane.inner}/health")).json()
    assert (report["status"], report["kafka"]["ok"], report["database"]["ok"]) == ("degraded", False, True)
    assert await data_plane.stop(down) == 0
    await data_plane.api()
    await data_plane.worker()
    await one_answer_each(data_plane, await data_plane.submit(form))


async def test_the_database_down_takes_forms_and_says_503_for_tickets(data_plane):
    url = data_plane.folder / "elsewhere"
    url.write_text(f"postgresql://fte:x@127.0.0.1:{free_port()}/fte")
    await data_plane.api(database={"url_file": str(url), "owner": "tests/helper"})
    ticket = await data_plane.submit()
    headers = {"authorization": f"Bearer {ticket['token']}"}
    response = await data_plane.http.get(ticket["status_url"], headers=headers)
    assert response.status_code == 503
    report = (await data_plane.http.get(f"{data_plane.inner}/health")).json()
    assert (report["kafka"]["ok"], report["database"]["ok"]) == (True, False)
    assert report["database"]["error"]
    assert (await data_plane.http.get(f"{data_plane.inner}/readyz")).status_code == 200


async def test_answering_and_delivery_do_not_wait_for_kafka(data_plane):
    api = await data_plane.api()
    ticket = await data_plane.submit()
    await data_plane.killed(data_plane.deadly_worker("tickets.ingest:1:after"))
    nowhere = {"bootstrap_servers": f"127.0.0.1:{free_port()}", "topic_prefix": data_plane.prefix}
    worker = await data_plane.worker(kafka=nowhere)
    page = await data_plane.answered(ticket)
    assert page["status"] == "waiting"
    assert await data_plane.stop(worker) == 0
    assert api.poll() is None


async def test_an_undecodable_record_is_put_aside_and_the_next_one_answered(data_plane):
    await data_plane.api()
    await data_plane.publish(b"\xffjunk", key=b"junk")
    ticket = await data_plane.submit()
    await data_plane.worker()
    await one_answer_each(data_plane, ticket)
    [dead] = await until(lambda: data_plane.records("dlq"), what="the dead letter")
    assert (dead.key, dead.value) == (b"junk", b"\xffjunk")
    headers = dict(dead.headers)
    assert headers["cause"] == b"undecodable"
    assert headers["source-topic"].decode() == f"{data_plane.prefix}.tickets.incoming"


async def test_a_stop_gives_its_leases_back_and_leaves_the_group(data_plane):
    await data_plane.api()
    worker = await data_plane.worker(lease_seconds=300)
    tickets = [await data_plane.submit() for _ in range(8)]
    await until(lambda: data_plane.rows("SELECT 1 FROM conversations"), what="ingest")
    assert await data_plane.stop(worker) == 0
    assert (
        await data_plane.rows("SELECT 1 FROM conversations WHERE lease_until > now() AND lease_owner IS NOT NULL") == []
    )
    await data_plane.worker(lease_seconds=300)
    await one_answer_each(data_plane, *tickets)


async def test_nothing_secret_and_no_customer_s_words_in_the_logs(data_plane):
    await data_plane.api()
    await data_plane.worker()
    form = data_plane.form(f"How many days do I have for returns? {(canary := uuid4().hex)}")
    await data_plane.answered(await data_plane.submit(form))
    logs = data_plane.logs()
    for secret in (
        canary,
        str(form["email"]),
        data_plane.database_url,
        (data_plane.folder / "secrets" / "status-token-current").read_text(),
    ):
        assert secret not in logs
    for line in filter(None, logs.splitlines()):
        json.loads(line)
