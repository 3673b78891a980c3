"""Lists, numbers and the search of the management API, over a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from crm import PHONE, answer, chat, escalation, form, mail, replied
from management_world import ADMIN, READER, Managed, managed, problems

from fte_agent.domain.knowledge import EmbeddedSection, Section
from fte_agent.domain.messages import Identifier
from fte_agent.domain.turns import Reason
from fte_agent.offline.embedder import shared_embedder
from fte_database.repositories.knowledge import PostgresKnowledgeBase
from fte_database.repositories.tickets import PostgresTicketStore
from fte_runtime.management.access import AT_A_TIME

pytestmark = pytest.mark.postgres


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Managed]:
    async with managed(database_url, tmp_path) as it:
        yield it


@pytest.fixture
def store(api: Managed) -> PostgresTicketStore:
    return PostgresTicketStore(api.database, topic_prefix="shop")


async def execute(url: str, statement: str, *arguments: Any) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *arguments)
    finally:
        await connection.close()


async def pages(api: Managed, path: str, **params: object) -> list[dict[str, Any]]:
    """All lines of a list, page by page."""
    name = path.removeprefix("/")
    lines: list[dict[str, Any]] = []
    cursor: dict[str, object] = {}
    while True:
        page = (await api.get(path, READER, **params, **cursor)).json()
        lines += page[name]
        if page["next_cursor"] is None:
            return lines
        cursor = {"cursor": page["next_cursor"]}


async def test_tickets_come_newest_first_each_once_though_many_were_opened_at_one_moment(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    made = [(await store.ingest(form())).ticket_id for _ in range(7)]
    await execute(database_url, "UPDATE tickets SET created_at = '2026-01-01T00:00:00Z' WHERE number > 2")
    lines = await pages(api, "/tickets", limit=2)
    assert sorted(each["id"] for each in lines) == sorted(map(str, made))
    keys = [(each["created_at"], each["number"]) for each in lines]
    assert keys == sorted(keys, reverse=True)


async def test_what_is_opened_while_one_reads_on_shifts_no_page(api: Managed, store: PostgresTicketStore) -> None:
    made = [(await store.ingest(form())).ticket_id for _ in range(4)]
    first = (await api.get("/tickets", limit=2)).json()
    await store.ingest(form())
    second = (await api.get("/tickets", limit=2, cursor=first["next_cursor"])).json()
    seen = [each["id"] for each in first["tickets"] + second["tickets"]]
    assert seen == [str(each) for each in reversed(made)]
    assert second["next_cursor"] is None


async def test_tickets_are_chosen_by_status_channel_and_time(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    old = await replied(store, form(), answer())
    await execute(database_url, "UPDATE tickets SET created_at = '2026-01-01T12:00:00Z'")
    new = await store.ingest(mail())

    async def found(**params: object) -> list[str]:
        return [each["id"] for each in await pages(api, "/tickets", **params)]

    assert await found(status="waiting") == [str(old.ticket_id)]
    assert await found(channel="email") == [str(new.ticket_id)]
    assert await found(channel="whatsapp") == []
    assert await found(since="2026-01-01T13:00:00+01:00", until="2026-01-01T12:00:01Z") == [str(old.ticket_id)]
    assert await found(since="2026-01-01T12:00:01Z") == [str(new.ticket_id)]
    assert await found(until="2026-01-01T12:00:00Z") == []


async def test_escalations_are_chosen_by_reason_status_and_channel(api: Managed, store: PostgresTicketStore) -> None:
    await replied(store, mail(), escalation(Reason.LEGAL))
    await replied(store, chat(), escalation(Reason.REFUND))
    await replied(store, form(sender=Identifier("email", "b@example.com")), escalation(Reason.LEGAL))
    assert {each["channel"] for each in await pages(api, "/escalations", reason="legal")} == {"email", "web_form"}
    (refund,) = await pages(api, "/escalations", channel="whatsapp")
    assert (refund["reason"], refund["trigger"], refund["status"], refund["advisory"]) == (
        "refund",
        "rule",
        "open",
        False,
    )
    assert len(await pages(api, "/escalations", status="open", limit=1)) == 3
    assert await pages(api, "/escalations", status="claimed") == []
    assert "lawyer" not in str(await pages(api, "/escalations")), "a list holds no words"


@pytest.mark.parametrize(("path", "changes"), [("/escalations", {}), ("/tickets", {"status": "open"})])
async def test_a_cursor_of_another_list_or_filter_is_refused(
    api: Managed, store: PostgresTicketStore, path: str, changes: dict[str, str]
) -> None:
    for _ in range(2):
        await store.ingest(form())
    cursor = (await api.get("/tickets", limit=1)).json()["next_cursor"]
    refused = await api.get(path, cursor=cursor, **changes)
    assert refused.status_code == 422
    assert problems(refused) == [("cursor", "malformed_cursor")]
    assert (await api.get("/tickets", cursor=cursor, limit=200)).status_code == 200, "the length of pages may change"


async def test_a_read_that_is_known_already_is_304_until_something_changes(
    api: Managed, store: PostgresTicketStore
) -> None:
    await store.ingest(form())
    first = await api.http.get("/tickets", headers={"authorization": f"Bearer {READER}"})
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-store"

    async def again(tag: str) -> int:
        headers = {"authorization": f"Bearer {READER}", "if-none-match": tag}
        response = await api.http.get("/tickets", headers=headers)
        assert response.headers["etag"] == etag or response.status_code == 200
        assert response.content == b"" or response.status_code == 200
        return response.status_code

    assert [await again(tag) for tag in (etag, f'"x", W/{etag}', "*", '"x"')] == [304, 304, 304, 200]
    await store.ingest(form())
    assert await again(etag) == 200


async def test_numbers_are_counted_by_channel_with_both_parts_of_each_rate(
    api: Managed, store: PostgresTicketStore, database_url: str
) -> None:
    await replied(store, mail(), answer())
    await replied(store, mail(thread_key="t2", sender=Identifier("email", "b@example.com", True)), escalation())
    await replied(store, chat(), answer())
    shown = (await api.get("/metrics/channels", READER, since=_ago(hours=1), until=_ago(hours=-1))).json()
    by_channel = {each["channel"]: each for each in shown["channels"]}
    assert by_channel.keys() == {"email", "whatsapp"}
    of_mail = by_channel["email"]
    assert (of_mail["messages"], of_mail["replies"], of_mail["tickets"], of_mail["escalations"]) == (2, 2, 2, 1)
    assert of_mail["escalation"] == {"numerator": 1, "denominator": 2, "value": 0.5}
    assert by_channel["whatsapp"]["escalation"] == {"numerator": 0, "denominator": 1, "value": 0.0}
    unknown = ("delivered", "latency_ms", "average_sentiment")
    assert [of_mail[name] for name in unknown] == [None, None, None]
    assert shown["identification"] == {"numerator": 0, "denominator": 0, "value": None}
    earlier = (await api.get("/metrics/channels", since=_ago(hours=3), until=_ago(hours=2))).json()
    assert earlier["channels"] == []


async def test_without_a_window_the_last_day_is_counted(api: Managed) -> None:
    window = (await api.get("/metrics/channels", READER)).json()["window"]
    since, until = (datetime.fromisoformat(window[name]) for name in ("since", "until"))
    assert until - since == timedelta(days=1)
    assert abs(datetime.now(UTC) - until) < timedelta(minutes=2)


def _ago(hours: float) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


async def test_the_search_is_the_employee_s_own_in_what_was_ingested_last(api: Managed) -> None:
    empty = (await api.get("/knowledge/search", READER, q="invoice")).json()
    assert empty == {"snapshot": None, "passages": []}
    await _ingested(api, "old", Section("faq/a.md#old", "FAQ", "Old", "Invoices are sent by post."))
    await _ingested(
        api,
        "new",
        Section("faq/a.md#invoices", "FAQ", "Invoices", "You find every invoice under Billing."),
        Section("faq/a.md#colours", "FAQ", "Colours", "The desk comes in oak and walnut."),
        Section("faq/a.md#margin", "FAQ", "Margins", "An invoice has a margin of 40 %.", visibility="internal"),
    )
    shown = (await api.get("/knowledge/search", READER, q="Where is my invoice?", limit=5)).json()
    assert shown["snapshot"] == "new"
    assert [each["uri"] for each in shown["passages"]] == ["faq/a.md#invoices", "faq/a.md#colours"]
    scores = [each["score"] for each in shown["passages"]]
    assert scores == sorted(scores, reverse=True)
    assert shown["passages"][0]["content"] == "You find every invoice under Billing."
    assert len((await api.get("/knowledge/search", q="invoice", limit=1)).json()["passages"]) == 1


async def _ingested(api: Managed, snapshot: str, *sections: Section) -> None:
    embedder = shared_embedder()
    vectors = await embedder.embed([each.content for each in sections])
    embedded = [EmbeddedSection(section, vector) for section, vector in zip(sections, vectors, strict=True)]
    await PostgresKnowledgeBase(api.database).write_snapshot(snapshot, embedder.identity, embedder.dimensions, embedded)


async def test_many_at_once_are_all_answered_and_never_use_more_than_their_share(
    api: Managed, store: PostgresTicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.ingest(form())
    under_way, most = 0, 0
    connection = api.database.connection

    class Watched:
        def __init__(self) -> None:
            self._inner = connection()

        async def __aenter__(self) -> Any:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            return await self._inner.__aenter__()

        async def __aexit__(self, *raised: Any) -> Any:
            nonlocal under_way
            under_way -= 1
            return await self._inner.__aexit__(*raised)

    monkeypatch.setattr(api.database, "connection", Watched)
    paths = ["/tickets", "/escalations", "/metrics/channels", "/customers/lookup?email=ada@example.com"]
    answers = await asyncio.gather(*(api.get(path, ADMIN) for path in paths * AT_A_TIME * 3))
    assert {each.status_code for each in answers} == {200}
    assert 1 <= most <= AT_A_TIME


async def test_who_is_known_on_both_of_their_channels_counts_as_identified(
    api: Managed, store: PostgresTicketStore
) -> None:
    await store.ingest(mail())
    await store.ingest(chat())
    lookup = [await api.get("/customers/lookup", **by) for by in ({"email": "ada@example.com"}, {"phone": PHONE.value})]
    ada, number = (each.json()["id"] for each in lookup)
    await api.post(f"/customers/{number}/merge", {"into": ada, "reason": "one person"})
    shown = (await api.get("/metrics/channels", READER)).json()
    assert shown["identification"] == {"numerator": 1, "denominator": 1, "value": 1.0}
