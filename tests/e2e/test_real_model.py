"""A ticket on kind through a model that nobody here wrote: the form, the queue, the turn, the gate, and its server."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
import pytest
from cluster import Customer, Instance, outside, replies
from model_cluster import KEY as KEY_NAME
from model_cluster import SECRET, put_key
from model_server import KEY, NAME, ModelServer, model_server
from visitors import QUESTION

pytestmark = [pytest.mark.model, pytest.mark.timeout(1500)]

DEADLINE = 900.0
"""Beyond the ten minutes after which a person has the ticket, whatever the model does."""

RUNS = """
SELECT model, input_tokens, output_tokens, decision FROM agent_runs WHERE status IN ('committed', 'escalated')
"""
"""What ended a turn, with an answer or with a person; what could not be used before that has failed."""

ESCALATIONS = "SELECT reason_code, trigger FROM escalations"

WITHOUT_A_CALL = [
    *("create_ticket", "get_customer_history", "search_knowledge_base"),
    *("escalate_to_human", "send_response"),
]
"""What stands in a turn's ledger where the model called nothing, and as well where its first call is for a person."""


@dataclass(frozen=True)
class Desk:
    """An employee that asks the server; ``database`` is what it stores in."""

    instance: Instance
    server: ModelServer
    database: str

    def rows(self, statement: str) -> list[asyncpg.Record]:
        return asyncio.run(self._rows(statement))

    async def _rows(self, statement: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()


@pytest.fixture(scope="module")
def desk(
    services: dict[str, str], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Desk]:
    """The server first: where it is not to be had, no employee is made."""
    with model_server(tmp_path_factory.mktemp("model"), services["FTE_PODS_TO_HOST"]) as server:
        employee: Instance = request.getfixturevalue("employee")
        put_key(employee, KEY)
        _ask(employee, server.url)
        employee.wait_ready()
        database = f"{services['FTE_DATABASE_URL'].rsplit('/', 1)[0]}/{employee.namespace}"
        yield Desk(employee, server, database)


def _ask(instance: Instance, url: str) -> None:
    model = {
        "provider": "OpenAICompatible",
        "name": NAME,
        "baseURL": f"{url}/v1",
        "apiKeySecretRef": {"name": SECRET, "key": KEY_NAME},
        "requestTimeoutSeconds": 45,
        "maxOutputTokens": 256,
        "capabilities": {"preload": "Message"},
    }
    spec = {"model": model, "extraEgress": [{"port": urlsplit(url).port}]}
    arguments = ["patch", "dfte", instance.name, "--type=merge", "-p", json.dumps({"spec": spec})]
    instance.cluster.kubectl("-n", instance.namespace, *arguments)


def test_a_ticket_goes_through_the_model_and_ends_with_an_answer_or_with_a_person(desk: Desk) -> None:
    asked = Customer(outside(desk.instance)).ask(QUESTION, seconds=DEADLINE)
    assert {reply["author"] for reply in replies(asked)} <= {"ai", "system"}
    assert asked["status"] == ("waiting" if replies(asked)[0]["author"] == "ai" else "escalated")
    assert desk.server.ended > 0, "the worker's pod asked it, as nobody else has its address and key, and it answered"
    assert desk.instance.condition("Answering")["reason"] not in (
        "ModelKeyRefused",
        "ModelMisconfigured",
        "ModelUnusable",
    )
    escalated = [tuple(row) for row in desk.rows(ESCALATIONS)]
    if [reason for reason, _ in escalated] == ["overdue"]:
        pytest.skip(f"too slow here: {desk.server.ended} answers of the model in ten minutes, and no turn in 50 s")
    [run] = desk.rows(RUNS)
    assert run["model"] == NAME
    assert run["input_tokens"] > 500 and run["output_tokens"] > 0, "what the server said it used"
    called = [call["name"] for call in json.loads(run["decision"])["tool_calls"]]
    by_the_model = [trigger for _, trigger in escalated] == ["model"]
    assert by_the_model or called != WITHOUT_A_CALL, "a call of the model went through tools and gate"
