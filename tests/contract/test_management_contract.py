"""The management API's document against a served application over a real database."""

import asyncio
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
EXAMPLES = 40
EXPECTED = {200, 401, 403, 404, 409, 422}


async def test_whatever_is_asked_the_answer_is_as_the_document_says(database_url: str, tmp_path: Path) -> None:
    async with managed(database_url, tmp_path) as api:
        store = PostgresTicketStore(api.database, topic_prefix="shop")
        ada, number = await replied(store, mail(), answer()), await store.ingest(chat())
        known = [str(ada.conversation_id), str(number.conversation_id)]
        async with api.database.connection() as connection:
            known += [str(row["id"]) for row in await connection.fetch("SELECT id FROM customers")]
        port, listening = free_port(), asyncio.Event()
        async with serving(api.app, port, listening=listening):
            await listening.wait()
            statuses = await asyncio.to_thread(judged, f"http://127.0.0.1:{port}", known)
    assert statuses >= EXPECTED, "the generated requests do not reach every answer"


def judged(url: str, known: list[str]) -> set[int]:
    """Put generated requests to the served API; the statuses it answered with."""
    schema = schemathesis.openapi.from_dict(dict(documents()["management-api"]))
    statuses: set[int] = set()
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(
            case=operation.as_strategy(),
            token=st.sampled_from([ADMIN, ADMIN, ADMIN, AGENT, READER, "x" * 32, None]),
            ids=st.tuples(st.sampled_from(known), st.sampled_from(known)),
            sensible=st.booleans(),
        )
        def check(case: Any, token: str | None, ids: tuple[str, str], sensible: bool) -> None:
            if sensible:
                meant(case, ids)
            case.headers = {**(case.headers or {}), **bearer(token)} if token else {}
            statuses.add(case.call_and_validate(base_url=url, checks=CHECKS).status_code)

        check()
    return statuses


def meant(case: Any, ids: tuple[str, str]) -> None:
    """Ask for what is there: random ids and addresses never are."""
    case.path_parameters = dict.fromkeys(case.path_parameters or {}, ids[0])
    if isinstance(case.body, Mapping):
        case.body = {**case.body, "into": ids[1]} if "into" in case.body else dict(case.body)
    if case.path.endswith("/lookup"):
        case.query = {"email": "ada@example.com", "phone": PHONE.value}
