"""Who may call which route of the management API, and what is refused how. No database is there."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from api_world import WEBSITE, an_api
from management_world import ADMIN, AGENT, READER, TablesAlone, bearer, problems, token_files

from fte_agent.offline.embedder import shared_embedder
from fte_database.pool import Database
from fte_database.repositories.privacy.erasures import ErasureStore
from fte_runtime.api.contracts import documents
from fte_runtime.management.context import ManagementContext
from fte_runtime.management.cursors import cursor_of
from fte_runtime.management.surface import MAX_BODY_BYTES
from fte_runtime.management.tokens import load_management_tokens
from fte_runtime.wiring.management import management_on

SOME = "0b9d2c1e-8f64-4a51-9d53-2f1f6c1b7a10"
OTHER = "0b9d2c1e-8f64-4a51-9d53-2f1f6c1b7a11"
MERGE = {"into": OTHER, "reason": "one person"}
ALL_TICKETS = ("tickets", *[None] * 4)
"""What a cursor of the list without a filter holds on to."""

SURROGATE = b'{"into": "%s", "reason": "\\ud800"}' % SOME.encode()
ROUTES = {
    ("GET", f"/conversations/{SOME}"): AGENT,
    ("GET", "/customers/lookup?email=a@example.com"): AGENT,
    ("POST", f"/customers/{SOME}/merge"): ADMIN,
    ("POST", f"/customers/{SOME}/split"): ADMIN,
    ("POST", f"/customers/{SOME}/export"): ADMIN,
    ("POST", f"/customers/{SOME}/erase"): ADMIN,
    ("GET", "/tickets"): READER,
    ("GET", "/escalations"): READER,
    ("GET", "/metrics/channels"): READER,
    ("GET", "/knowledge/search?q=invoice"): READER,
}
"""Every route with the least role that opens it."""

LOWER = {READER: [], AGENT: [READER], ADMIN: [READER, AGENT]}


def context(folder: Path) -> ManagementContext:
    unreachable = Database("postgresql://nobody@127.0.0.1:9/none", owner="shop/helper")
    return management_on(
        unreachable,
        load_management_tokens(token_files(folder)),
        shared_embedder(),
        TablesAlone(ErasureStore(unreachable)),
    )


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with an_api(WEBSITE, management=context(tmp_path)) as api:
        yield api.http


async def asked(http: httpx.AsyncClient, method: str, path: str, token: str | None) -> httpx.Response:
    named = {"merge": {"into": OTHER, "reason": "r"}, "split": {"reason": "r"}}
    body = named.get(path.rpartition("/")[2], {})
    return await http.request(method, path, headers=bearer(token), json=body if method == "POST" else None)


def test_the_table_has_every_route_of_the_document() -> None:
    described = {
        (method.upper(), path.split("{")[0])
        for path, operations in documents()["management-api"]["paths"].items()
        for method in operations
    }
    assert {(method, path.split("?")[0].split(SOME)[0]) for method, path in ROUTES} == described
    assert len(ROUTES) == sum(len(each) for each in documents()["management-api"]["paths"].values())


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize(
    "headers",
    [{}, bearer("x" * 40), bearer(""), {"authorization": f"Basic {ADMIN}"}, {"authorization": ADMIN}],
    ids=["none", "unknown", "empty", "basic", "bare"],
)
async def test_without_a_token_every_route_says_how_to_come_by_one(
    http: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]
) -> None:
    refused = await http.request(method, path, headers=headers)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="management"'
    assert problems(refused) == [("authorization", "unauthenticated")]


@pytest.mark.parametrize(
    ("method", "path", "token"), [(*route, lower) for route, needed in ROUTES.items() for lower in LOWER[needed]]
)
async def test_with_a_lower_role_every_route_names_the_role_it_needs(
    http: httpx.AsyncClient, method: str, path: str, token: str
) -> None:
    refused = await asked(http, method, path, token)
    assert refused.status_code == 403
    needed = {AGENT: "agent", ADMIN: "admin"}[ROUTES[method, path]]
    assert f"role {needed} or higher" in refused.json()["errors"][0]["message"]
    assert f'scope="{needed}"' in refused.headers["www-authenticate"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_with_its_role_or_a_higher_one_a_route_goes_to_the_database_which_is_away(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    opening = {READER: [READER, AGENT, ADMIN], AGENT: [AGENT, ADMIN], ADMIN: [ADMIN]}[ROUTES[method, path]]
    for token in opening:
        away = await asked(http, method, path, token)
        assert away.status_code == 503
        assert away.headers["retry-after"] == "5"
        assert problems(away) == [("database", "unavailable")]


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_the_field_no_route_is_there(method: str, path: str) -> None:
    async with an_api(WEBSITE) as api:
        assert (await asked(api.http, method, path, ADMIN)).status_code == 404


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/conversations/17", ("conversation_id", "malformed_id")),
        ("/conversations/" + "x" * 300, ("conversation_id", "malformed_id")),
        (f"/conversations/{SOME}?cursor=x", ("cursor", "malformed_cursor")),
        (f"/conversations/{SOME}?cursor=", ("cursor", "malformed_cursor")),
        (f"/conversations/{SOME}?cursor={'x' * 300}", ("cursor", "string_too_long")),
        ("/tickets?cursor=bm90aGluZw", ("cursor", "malformed_cursor")),
        ("/tickets?cursor=%F0%9F%98%80", ("cursor", "malformed_cursor")),
        ("/tickets?limit=0", ("limit", "greater_than_equal")),
        ("/tickets?limit=201", ("limit", "less_than_equal")),
        ("/tickets?limit=many", ("limit", "int_parsing")),
        ("/tickets?status=opened", ("status", "enum")),
        ("/tickets?channel=pigeon", ("channel", "enum")),
        ("/tickets?stauts=open", ("stauts", "extra_forbidden")),
        ("/tickets?since=yesterday", ("since", "malformed_time")),
        ("/tickets?since=2026-11-30", ("since", "malformed_time")),
        ("/tickets?since=2026-11-30T08:00:00", ("since", "malformed_time")),
        ("/tickets?since=1764489600", ("since", "malformed_time")),
        ("/tickets?until=2026-11-30T08:00:00%2B01:00Europe", ("until", "malformed_time")),
        ("/tickets?since=0001-01-01T00:00:00%2B14:00", ("since", "malformed_time")),
        ("/escalations?until=9999-12-31T23:59:59-14:00", ("until", "malformed_time")),
        (f"/tickets?cursor={cursor_of(('2026-01-01T00:00:00Z', 2**63), ALL_TICKETS)}", ("cursor", "malformed_cursor")),
        (f"/tickets?cursor={cursor_of(('0001-01-01T00:00:00+14:00', 1), ALL_TICKETS)}", ("cursor", "malformed_cursor")),
        ("/escalations?reason=bored", ("reason", "enum")),
        ("/customers/lookup", ("query", "nothing_to_look_for")),
        ("/customers/lookup?email=ada", ("email", "malformed_email")),
        ("/customers/lookup?phone=0170", ("phone", "malformed_phone")),
        ("/customers/lookup?phone=%2B49abc", ("phone", "malformed_phone")),
        ("/customers/lookup?mail=a@example.com", ("mail", "extra_forbidden")),
        ("/knowledge/search", ("q", "missing")),
        ("/knowledge/search?q=", ("q", "string_too_short")),
        ("/metrics/channels?since=9999-12-31T23:59:59Z", ("since", "malformed_time")),
        ("/metrics/channels?until=0001-01-01T00:00:00Z", ("until", "malformed_time")),
        ("/metrics/channels?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", ("query", "malformed_window")),
        ("/metrics/channels?since=2024-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", ("query", "malformed_window")),
    ],
)
async def test_what_is_malformed_is_named_with_a_remedy(
    http: httpx.AsyncClient, path: str, fault: tuple[str, str]
) -> None:
    refused = await http.get(path, headers=bearer(ADMIN))
    assert refused.status_code == 422
    assert fault in problems(refused)
    assert all(len(each["message"]) > 10 for each in refused.json()["errors"])


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/customers/17/merge", MERGE, "customer_id"),
        (f"/customers/{SOME}/merge", {"into": "17", "reason": "r"}, "into"),
        (f"/customers/{SOME}/merge", {"into": SOME}, "reason"),
        (f"/customers/{SOME}/merge", {"into": SOME, "reason": ""}, "reason"),
        (f"/customers/{SOME}/merge", {"into": SOME, "reason": " "}, "reason"),
        (f"/customers/{SOME}/merge", {"into": SOME, "reason": "r" * 501}, "reason"),
        (f"/customers/{SOME}/merge", {**MERGE, "force": True}, "force"),
        (f"/customers/{SOME}/merge", [], "body"),
        (f"/customers/{SOME}/split", {"merge_id": "m", "reason": "r"}, "merge_id"),
    ],
)
async def test_a_body_that_is_wrong_is_named_by_its_field(
    http: httpx.AsyncClient, path: str, body: object, field: str
) -> None:
    refused = await http.post(path, json=body, headers=bearer(ADMIN))
    assert refused.status_code == 422
    assert field in [name for name, _ in problems(refused)]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 422), (b"\xff\xff", 400), (b'{"into": NaN}', 422), (b"[" * 5000, 400), (SURROGATE, 422)],
)
async def test_a_body_that_is_no_json_is_refused(http: httpx.AsyncClient, content: bytes, status: int) -> None:
    headers = {**bearer(ADMIN), "content-type": "application/json"}
    refused = await http.post(f"/customers/{SOME}/merge", content=content, headers=headers)
    assert refused.status_code == status
    assert {field for field, _ in problems(refused)} <= {"body", "into", "reason"}


async def test_a_body_beyond_the_limit_is_not_read(http: httpx.AsyncClient) -> None:
    body = {"into": SOME, "reason": "r" * MAX_BODY_BYTES}
    assert (await http.post(f"/customers/{SOME}/merge", json=body, headers=bearer(ADMIN))).status_code == 413


async def test_who_has_no_token_is_refused_before_anything_else_is_looked_at(http: httpx.AsyncClient) -> None:
    assert (await http.get("/conversations/17", headers=bearer("x" * 40))).status_code == 401
    assert (await http.post("/customers/17/merge", content=b"{")).status_code == 401
