"""The published OpenAPI documents against the routes, and the routes against what a raw route may be."""

from pathlib import Path
from typing import Annotated, Any

import pytest
import schemathesis
import yaml
from api_world import WEBSITE, an_api
from doubles.twilio.signature import sign
from doubles.twilio_world import OURS
from fastapi import APIRouter, Depends
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.requests import Request
from starlette.responses import Response

from fte_runtime.api import event_contracts
from fte_runtime.api.contracts import documents
from fte_runtime.asgi.raw_route import RawRoute
from fte_runtime.config import ChannelSettings

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "contracts"
PUBLIC = "https://support.example.org"
TOKEN = "1" * 32
NOBODY = "http://127.0.0.1:9/certs"
MANAGEMENT = "management-api"
"""Needs a database: tests/contract/test_management_contract.py."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def test_the_published_documents_are_those_of_the_routes():
    published = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.yaml")}
    of_topics = {event_contracts.NAME: event_contracts.document()}
    assert published == documents() | of_topics, "run make contracts, and read the diff"


def test_the_paths_are_those_that_were_asked_for():
    paths = {path for document in documents().values() for path in document["paths"]}
    assert paths == {
        "/webhooks/gmail",
        "/webhooks/whatsapp",
        "/webhooks/whatsapp/status",
        "/support/submit",
        "/support/ticket/{ticket_id}",
        "/conversations/{conversation_id}",
        "/customers/lookup",
        "/customers/{customer_id}/erase",
        "/customers/{customer_id}/export",
        "/customers/{customer_id}/merge",
        "/customers/{customer_id}/split",
        "/knowledge/search",
        "/metrics/channels",
        "/tickets",
        "/escalations",
        "/support/ticket/{ticket_id}/confirmation",
    }


def test_every_operation_has_a_name_a_summary_and_problems_for_its_refusals():
    for document in documents().values():
        for operations in document["paths"].values():
            for operation in operations.values():
                assert operation["operationId"].count("_") <= 2
                assert operation["summary"]
                refusals = [answer for status, answer in operation["responses"].items() if int(status) >= 400]
                assert refusals
                assert all(list(answer["content"]) == ["application/problem+json"] for answer in refusals)


class Body(BaseModel):
    field: str


def verified() -> str:
    return ""


async def with_dependency(request: Request, verified: Annotated[str, Depends(verified)]) -> Response: ...
async def with_body(request: Request, body: Body) -> Response: ...
async def with_query(request: Request, channel: str) -> Response: ...
async def with_path(request: Request, ticket: str) -> Response: ...
async def without_request() -> Response: ...
def not_async(request: Request) -> Response: ...


@pytest.mark.parametrize(
    "endpoint",
    [with_dependency, with_body, with_query, with_path, without_request, not_async],
    ids=lambda e: e.__name__,
)
def test_a_raw_route_whose_endpoint_asks_for_more_than_the_request_is_refused(endpoint):
    router = APIRouter(route_class=RawRoute)
    with pytest.raises(TypeError, match="takes the request alone"):
        router.add_api_route("/{ticket}", endpoint, methods=["POST"])


def test_a_raw_route_with_a_dependency_beside_its_endpoint_is_refused():
    async def raw(request: Request) -> Response: ...

    router = APIRouter(route_class=RawRoute, dependencies=[Depends(verified)])
    with pytest.raises(TypeError, match="takes the request alone"):
        router.add_api_route("/", raw, methods=["POST"])


async def served(folder: Path) -> Any:
    """An application of every surface."""
    (folder / "token").write_text(TOKEN)
    sender = {"sender": OURS.removeprefix("whatsapp:"), "account_sid_file": "-", "auth_token_file": folder / "token"}
    whatsapp = ChannelSettings(name="whatsapp", type="TwilioWhatsApp", twilio_whatsapp=sender)
    pushes = {"topic": "projects/p/topics/t", "audience": PUBLIC, "service_account": "push@p.example"}
    mailbox = {"mailbox": "help@example.org", "credentials_file": "-", "pub_sub": pushes | {"certs_url": NOBODY}}
    mail = ChannelSettings(name="mail", type="Gmail", gmail=mailbox)
    async with an_api(WEBSITE, whatsapp, mail, public_url=PUBLIC) as api:
        return api.http._transport.app


@pytest.mark.parametrize("name", sorted(documents().keys() - {MANAGEMENT}))
async def test_whatever_is_asked_the_answer_is_as_the_document_says(name, tmp_path):
    schema = schemathesis.openapi.from_dict(dict(documents()[name]))
    schema.app = await served(tmp_path)
    statuses: set[int] = set()
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(), signing=st.booleans())
        def check(case: Any, signing: bool) -> None:
            if signing:
                sign_as_twilio(case)
            statuses.add(case.call_and_validate(checks=CHECKS).status_code)

        check()
    assert len(statuses) > 1, "the generated requests are all refused alike"


def sign_as_twilio(case: Any) -> None:
    """Address a form to our sender and sign it; what is none stays as it is."""
    if case.media_type == "application/x-www-form-urlencoded" and isinstance(case.body, dict):
        case.body = {name: str(value) for name, value in case.body.items()} | {"To": OURS, "From": OURS}
        case.query = {}
        case.headers = {"X-Twilio-Signature": sign(TOKEN, PUBLIC + case.path, list(case.body.items()))}
