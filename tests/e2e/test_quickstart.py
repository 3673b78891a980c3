"""The product as a user meets it: samples/quickstart on a real cluster, a customer, an answer."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from cluster import Customer, Instance, replies, until

pytestmark = [pytest.mark.kind, pytest.mark.timeout(420)]

QUESTION = "I threw a to-do away by mistake. For how long can I get it back?"
CHILDREN = "deploy,svc,hpa,sa,secret,cm,job,pod,rs"


def test_question_is_answered_from_knowledge_with_its_section(customer: Customer) -> None:
    answer = customer.ask(QUESTION)
    assert answer["status"] == "waiting"
    (reply,) = replies(answer)
    assert reply["author"] == "ai"
    assert "30 days" in reply["text"]
    assert any("Restoring a deleted task" in json.dumps(citation) for citation in reply["citations"])


def test_legal_threat_goes_to_a_person_and_is_not_answered(customer: Customer, services: dict[str, str]) -> None:
    answer = customer.ask(f"{QUESTION} If you cannot tell me, my lawyer will file a lawsuit against you on Monday.")
    assert answer["status"] == "escalated"
    assert {reply["author"] for reply in replies(answer)} == {"system"}
    assert "30 days" not in str(replies(answer))
    query = "SELECT array_agg(reason_code) FROM escalations WHERE ticket_id = $1"
    assert asyncio.run(_value(services["FTE_DATABASE_URL"], "helper", query, answer["ticket_id"])) == ["legal"]


def test_same_submission_at_once_and_later_is_one_ticket(customer: Customer, quickstart: Instance) -> None:
    form = customer.form(QUESTION)
    with ThreadPoolExecutor(4) as pool:
        tickets = list(pool.map(lambda _: customer.submit(form), range(4)))
    answered = until("answer", lambda: replies(customer.status(tickets[0])) or None, 30)
    later = customer.submit(form)
    assert {ticket.ticket_id for ticket in [*tickets, later]} == {tickets[0].ticket_id}
    sentinel = customer.ask(QUESTION)  # whatever the late copy caused has happened by then: one partition, in order
    assert sentinel["status"] == "waiting"
    final = customer.status(later)
    assert [m["author"] for m in final["messages"]] == ["customer", "ai"]
    assert replies(final) == answered


def test_changed_knowledge_is_answered(customer: Customer, quickstart: Instance) -> None:
    before = quickstart.cluster.get("dfte", "quickstart", "helper")["status"]["release"]["current"]
    knowledge = quickstart.cluster.get("cm", "quickstart", "helper-knowledge")
    page = "# Office\n\n## Reception dog\n\nThe dog at our reception desk in Lisbon is called Bacalhau.\n"
    patch = json.dumps({"data": {"office.md": page}})
    try:
        quickstart.cluster.kubectl("-n", "quickstart", "patch", "cm", "helper-knowledge", "--type=merge", "-p", patch)
        until(
            "new release",
            lambda: quickstart.cluster.get("dfte", "quickstart", "helper")["status"]["release"]["current"] != before,
            90,
        )
        quickstart.wait_ready()
        answer = customer.ask("What is the name of the dog that lives at your Lisbon reception?")
        assert "Bacalhau" in replies(answer)[0]["text"]
    finally:
        data = json.dumps({"data": {"office.md": None}})
        quickstart.cluster.kubectl("-n", "quickstart", "patch", "cm", "helper-knowledge", "--type=merge", "-p", data)
    assert "office.md" not in knowledge["data"]


def test_deleted_worker_comes_back(quickstart: Instance) -> None:
    name = "helper-message-processor"
    old = quickstart.cluster.get("deploy", "quickstart", name)["metadata"]["uid"]
    quickstart.cluster.kubectl("-n", "quickstart", "delete", "deploy", name, "--cascade=foreground")

    def new() -> bool:
        found = quickstart.cluster.exists("deploy", "quickstart", name)
        return found and quickstart.cluster.get("deploy", "quickstart", name)["metadata"]["uid"] != old

    until("worker Deployment back", new, 30)
    quickstart.wait_ready()


def test_deleted_objects_leave_only_topics_and_data(employ: Callable[[], Instance], services: dict[str, str]) -> None:
    instance = employ()
    instance.wait_ready()
    cluster, namespace = instance.cluster, instance.namespace
    uid = cluster.get("dfte", namespace, instance.name)["metadata"]["uid"]
    owned = f"digitalfte.dev/owner-uid={uid}"
    assert cluster.get(CHILDREN, namespace, selector=owned)
    cluster.kubectl("-n", namespace, "delete", "dfte,sch", "--all", "--timeout=60s")
    until("children gone", lambda: not cluster.get(CHILDREN, namespace, selector=owned), 90)
    assert asyncio.run(_topics(services["FTE_KAFKA"], instance.prefix)) >= {
        f"{instance.prefix}.tickets.incoming",
        f"{instance.prefix}.escalations",
        f"{instance.prefix}.dlq",
        f"{instance.prefix}.owner",
    }
    assert (
        asyncio.run(_value(services["FTE_DATABASE_URL"], namespace, "SELECT owner FROM schema_owner"))
        == f"{namespace}/helper"
    )


async def _topics(bootstrap: str, prefix: str) -> set[str]:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        return {topic for topic in await client.list_topics() if topic.startswith(f"{prefix}.")}
    finally:
        await client.close()


async def _value(admin_url: str, database: str, query: str, *arguments: object) -> object:
    connection = await asyncpg.connect(f"{admin_url.rsplit('/', 1)[0]}/{database}")
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()
