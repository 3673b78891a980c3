"""The management API's document against a served application over a real database."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from crm import PHONE, answer, chat, mail, replied
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from management_world import ADMIN, AGENT, READER, bearer, managed
from ports import free_port
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fte_database.repositories.tickets import PostgresTicketStore
from fte_runtime.api.contracts import documents
from fte_runtime.commands.server import serving

pytestmark = pytest.mark.postgres

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 60
ADDRESSES = [
    {"email": "ada@example.com"},
    {"phone": PHONE.value},
    {"email": "ada@example.com", "phone": PHONE.value},
    {"email": "nobody@example.com"},
]


async def test_whatever_is_asked_the_answer_is_as_the_document_says(database_url: str, tmp_path: Path) -> None:
    async with managed(database_url, tmp_path) as api:
        store = PostgresTicketStore(api.database, topic_prefix="shop")
        ada, number = await replied(store, mail(), answer()), await store.ingest(chat())
        async with api.database.connection() as connection:
            customers = [str(row["id"]) for row in await connection.fetch("SELECT id FROM customers")]
        known = {
            "conversation_id": [str(ada.conversation_id), str(number.conversation_id)],
            "customer_id": customers,
        }
        port, listening = free_port(), asyncio.Event()
        async with serving(api.app, port, listening=listening):
            await listening.wait()
            statuses = await asyncio.to_thread(judged, f"http://127.0.0.1:{port}", known)
    assert statuses["/customers/lookup"] >= {200, 401, 403, 404, 409, 422}, "not every answer is reached"
    assert statuses["/customers/{customer_id}/merge"] >= {200, 401, 403, 404, 409}
    assert statuses["/conversations/{conversation_id}"] >= {200, 401, 403, 404, 422}
    assert all({200, 401} <= answers for answers in statuses.values())


def judged(url: str, known: dict[str, list[str]]) -> dict[str, set[int]]:
    """Put generated requests to the served API; the statuses that each path answered with."""
    schema = schemathesis.openapi.from_dict(dict(documents()["management-api"]))
    statuses: dict[str, set[int]] = defaultdict(set)
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(
            case=operation.as_strategy(),
            token=st.sampled_from([ADMIN, ADMIN, ADMIN, AGENT, READER, "x" * 32, None]),
            ids=st.tuples(st.integers(0, 1), st.integers(0, 1)),
            sensible=st.sampled_from([True, True, False]),
            addresses=st.sampled_from(ADDRESSES),
        )
        def check(
            case: Any, token: str | None, ids: tuple[int, int], sensible: bool, addresses: dict[str, str]
        ) -> None:
            if sensible:
                meant(case, known, ids, addresses)
            case.headers = {**(case.headers or {}), **bearer(token)} if token else {}
            statuses[case.operation.path].add(case.call_and_validate(base_url=url, checks=CHECKS).status_code)

        check()
    return statuses


def meant(case: Any, known: dict[str, list[str]], ids: tuple[int, int], addresses: dict[str, str]) -> None:
    """Ask for what is there: random ids and addresses never are."""
    case.path_parameters = {name: known[name][ids[0]] for name in case.path_parameters or {}}
    if isinstance(case.body, Mapping):
        case.body = {**case.body, "into": known["customer_id"][ids[1]]} if "into" in case.body else dict(case.body)
    if case.path.endswith("/lookup"):
        case.query = dict(addresses)
