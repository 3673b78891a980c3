"""``kubectl patch`` from Offline to a hosted model and back, and a key that is wrong: nobody who writes notices."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg
import pytest
from cluster import Customer, Instance, Object, Ticket, outside, replies, until
from model_cluster import KEY, SECRET, Endpoint, ask_hosted, ask_offline, endpoint, put_key
from rollouts import one_rollout
from said import everything_said
from visitors import QUESTION, Visitors

pytestmark = [pytest.mark.kind, pytest.mark.timeout(600)]

MODEL, GOOD, WRONG = "e2e-model-1", "e2e-canary-right", "e2e-canary-wrong"
WORKERS = "helper-message-processor"
LAST_RUN = (
    "SELECT revision, model, input_tokens FROM agent_runs WHERE status = 'committed' ORDER BY ended_at DESC LIMIT 1"
)
UNANSWERED = "SELECT count(*) FROM conversations WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq"
TEN_MINUTES_PASS = "UPDATE conversations SET unanswered_since = unanswered_since - interval '10 minutes' WHERE id = $1"
CONVERSATION = "SELECT conversation_id FROM tickets WHERE id = $1"


@dataclass(frozen=True)
class Desk:
    """An employee and an endpoint. ``url`` is where the outside reaches its form, ``database`` what it stores in."""

    instance: Instance
    endpoint: Endpoint
    url: str
    database: str

    @property
    def customer(self) -> Customer:
        return Customer(self.url)

    @property
    def release(self) -> str:
        found: str = self.instance.cluster.get("dfte", self.instance.namespace, "helper")["status"]["release"][
            "current"
        ]
        return found

    def rows(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """What the database says."""
        return asyncio.run(self._rows(statement, arguments))

    async def _rows(self, statement: str, arguments: tuple[object, ...]) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetch(statement, *arguments)
        finally:
            await connection.close()

    def answers_as(self, model: str) -> None:
        """A customer is answered from the knowledge, by the release that status tells, which asks ``model``."""
        answered = self.customer.ask(QUESTION, seconds=60)
        assert [reply["author"] for reply in replies(answered)] == ["ai"]
        assert "30 days" in str(replies(answered))
        [run] = self.rows(LAST_RUN)
        assert (run["revision"], run["model"]) == (self.release, model)


@pytest.fixture(scope="module")
def desk(employee: Instance, services: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    employee.wait_ready()
    database = f"{services['FTE_DATABASE_URL'].rsplit('/', 1)[0]}/{employee.namespace}"
    with endpoint(tmp_path_factory.mktemp("model"), services["FTE_PODS_TO_HOST"], GOOD, MODEL) as model:
        yield Desk(employee, model, outside(employee), database)


@pytest.fixture
def hosted(desk: Desk) -> Iterator[Desk]:
    """Asks the endpoint with the right key, and Offline afterwards."""
    put_key(desk.instance, GOOD)
    with one_rollout(desk.instance, of=[WORKERS]):
        ask_hosted(desk.instance, desk.endpoint.url, MODEL)
    yield desk
    put_key(desk.instance, GOOD)
    ask_offline(desk.instance)


def test_a_patched_model_is_one_rollout_of_the_workers_there_and_back_and_the_form_never_fails(desk: Desk) -> None:
    desk.answers_as("offline")
    offline = desk.release
    with Visitors(desk.url) as visitors:
        put_key(desk.instance, GOOD)
        with one_rollout(desk.instance, of=[WORKERS]):
            ask_hosted(desk.instance, desk.endpoint.url, MODEL)
        before = desk.endpoint.asked()
        desk.answers_as(MODEL)
        assert desk.endpoint.asked() > before
        assert desk.release != offline
        assert desk.instance.condition("Answering")["status"] == "True"
        with one_rollout(desk.instance, of=[WORKERS]):
            ask_offline(desk.instance)
        desk.answers_as("offline")
        assert desk.release == offline
    assert len(visitors.answers) > 5
    assert set(visitors.answers) == {202}
    until("every message has its answer", lambda: desk.rows(UNANSWERED)[0][0] == 0, 60)


def test_a_wrong_key_is_told_by_its_name_and_loses_nobody_and_a_right_one_heals(hosted: Desk) -> None:
    with one_rollout(hosted.instance, of=[WORKERS]):
        put_key(hosted.instance, WRONG)
    told = until("told", lambda: _false(hosted.instance), 90)
    assert told["reason"] == "ModelKeyRefused"
    assert f"Secret {SECRET}" in told["message"] and KEY in told["message"]
    waits, overdue = (hosted.customer.submit(hosted.customer.form(QUESTION)) for _ in range(2))
    until("both are stored", lambda: hosted.rows(UNANSWERED)[0][0] == 2, 60)
    [row] = hosted.rows(CONVERSATION, overdue.ticket_id)
    hosted.rows(TEN_MINUTES_PASS, row["conversation_id"])
    handed = until("a person has it", lambda: _settled(hosted, overdue, "escalated"), 60)
    assert [reply["author"] for reply in replies(handed)] == ["system"]
    assert "could not find" not in str(replies(handed))
    said = everything_said(hosted.instance.cluster, hosted.instance.namespace)
    said |= {f"operator {name}": text for name, text in everything_said(hosted.instance.cluster, "fte-system").items()}
    assert [where for where, text in said.items() if WRONG in text or GOOD in text] == []
    put_key(hosted.instance, GOOD)
    answered = until("answered", lambda: _settled(hosted, waits, "waiting"), 180)
    assert [reply["author"] for reply in replies(answered)] == ["ai"]
    until("healed", lambda: hosted.instance.condition("Answering")["status"] == "True", 120)


def _false(instance: Instance) -> dict[str, str] | None:
    found = instance.condition("Answering")
    return found if found.get("status") == "False" else None


def _settled(desk: Desk, ticket: Ticket, status: str) -> Object | None:
    answer = desk.customer.status(ticket)
    return answer if answer["status"] == status and replies(answer) else None
