"""The form page and the health report."""

import asyncio
import re
from datetime import UTC, datetime

import pytest

from fte_database.errors import DatabaseError, OwnedByAnother, PgvectorMissing, SchemaMismatch, Unreachable
from fte_database.repositories.health import Marks, Part, WorkerReport
from fte_runtime import health


async def test_the_page_renders_the_only_form_with_its_own_assets(api):
    page = await api.http.get("/support/")
    assert page.status_code == 200
    assert "<h1>Help &amp; &lt;more&gt;</h1>" in page.text
    assert 'data-channel="website"' in page.text
    assert f'data-t0="{int(api.clock.now().timestamp() * 1000)}"' in page.text
    for asset in re.findall(r'(?:src|href)="(form\.[a-z]+)"', page.text):
        assert (await api.http.get(f"/support/{asset}")).status_code == 200
    assert "$" not in page.text
    assert " style=" not in page.text
    assert " on" + "click" not in page.text


async def test_every_field_has_a_label_and_a_place_for_its_error(api):
    page = (await api.http.get("/support/")).text
    for name in ("name", "email", "subject", "category", "priority", "message", "consent"):
        assert f'id="{name}-error"' in page
        assert re.search(rf'<(input|select|textarea) id="{name}"[^>]*aria-describedby="{name}-error"', page)
        assert f'for="{name}"' in page or re.search(rf'<label class="check"><input id="{name}"', page)


async def test_the_script_never_sets_markup(api):
    script = (await api.http.get("/support/form.js")).text + (await api.http.get("/support/ticket.js")).text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


async def test_several_forms_each_have_their_page(two_forms):
    assert (await two_forms.http.get("/support/")).status_code == 404
    assert 'data-channel="shop"' in (await two_forms.http.get("/support/?channel=shop")).text
    assert (await two_forms.http.get("/support/?channel=none")).status_code == 404
    assert (await two_forms.http.get("/support/secrets.txt")).status_code == 404
    assert (await two_forms.http.get("/support")).headers["location"].endswith("/support/")


@pytest.mark.parametrize("path", ["/support/", "/support/form.js"])
async def test_a_monitor_may_ask_for_the_head_alone(api, path):
    assert (await api.http.head(path)).status_code == 200


async def test_health_names_what_is_down(api):
    report = await api.health()
    assert report == {
        "status": "ok",
        "employee": "shop/helper",
        "kafka": {"ok": True, "error": None},
        "database": {"ok": True, "error": None},
        "writes": {"ok": True, "error": None},
        "topics": {"ok": True, "error": None},
        "answering": {
            "workers": {"ok": True, "error": None, "alive": 1},
            "roles": {"ok": True, "error": None, "roles": {"ingest": None}},
            "unanswered": {"ok": True, "error": None, "oldest_seconds": None},
            "readers": {"ok": True, "error": None, "assigned": 3},
            "unread": {"ok": True, "error": None, "oldest_seconds": None},
        },
        "channels": {
            "website": {"ok": True, "error": None, "last_inbound_at": "2026-01-02T00:00:00+00:00", "parts": {}}
        },
    }
    api.rows.error = Unreachable("cannot reach postgres for ada@example.org")
    api.publisher.down = {"*"}
    assert (await api.health())["status"] == "ok"  # fresh enough
    api.clock.advance(3)
    report = await api.health()
    assert report["status"] == "degraded"
    assert report["database"] == {"ok": False, "error": "cannot be reached"}
    assert report["kafka"]["ok"] is False
    assert report["channels"]["website"]["ok"] is False
    assert not {"writes", "topics"} & report.keys(), "what cannot be asked is not told"
    assert report["answering"] == {}


async def test_health_includes_a_write_and_every_topic(api):
    api.rows.write_error = DatabaseError("cannot execute INSERT", "is read-only")
    report = await api.health()
    assert (report["status"], report["database"]["ok"]) == ("degraded", True)
    assert report["writes"] == {"ok": False, "error": "is read-only"}
    api.rows.write_error = None
    api.clock.advance(3)
    assert (await api.health())["status"] == "ok"
    for topic, intake in (("escalations", True), ("tickets.incoming", False)):
        api.publisher.down = {topic}
        api.clock.advance(3)
        report = await api.health()
        assert (report["status"], report["kafka"]["ok"]) == ("degraded", True)
        assert report["topics"] == {"ok": False, "error": f"{topic}: a topic is missing"}
        assert report["channels"]["website"]["ok"] is intake


async def test_health_judges_the_work_itself(api):
    api.rows.workers = [WorkerReport("w", {"ingest": "the database is read-only"}, 1.0)]
    report = await api.health()
    assert report["status"] == "degraded"
    assert report["answering"]["roles"]["error"] == "ingest: the database is read-only"


@pytest.mark.parametrize("error", [DatabaseError("permission denied"), TimeoutError(), KeyError("a fault of ours")])
async def test_what_cannot_be_seen_is_not_taken_for_well(api, error):
    api.rows.unseen = error
    assert (await api.health())["status"] == "ok", "not yet, as at every start"
    api.clock.advance(16)
    report = await api.health()
    assert (report["status"], report["database"]["ok"], report["kafka"]["ok"]) == ("degraded", True, True)
    assert report["answering"].keys() == {"sight"}, "one fault, however much it hides"
    assert report["answering"]["sight"]["error"].startswith("cannot be seen: who reads the messages (")
    api.rows.error = Unreachable("cannot reach postgres")
    api.clock.advance(3)
    told = (await api.health())["answering"]["sight"]["error"]
    assert ", " not in told, "what is behind the database is told by the database"
    api.rows.unseen = api.rows.error = None
    api.clock.advance(3)
    assert (await api.health())["status"] == "ok"


async def test_health_shows_what_the_worker_found_out_about_a_channel(api):
    at = datetime(2026, 1, 2, tzinfo=UTC)
    api.rows.found = {"website": {"credentials": ("are refused", at), "registration": (None, at)}, "gone": {}}
    channels = (await api.health())["channels"]
    assert list(channels) == ["website"]
    assert channels["website"]["parts"] == {
        "credentials": {"ok": False, "error": "are refused", "checked_at": "2026-01-02T00:00:00+00:00"},
        "registration": {"ok": True, "error": None, "checked_at": "2026-01-02T00:00:00+00:00"},
    }


async def test_health_tells_since_when_how_old_the_reading_is_and_what_went_wrong_last(api):
    at, since = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    api.rows.found = {"website": {"sync": Part(None, at, since), "consent": Part("Google ends it", at, since)}}
    api.rows.kept = {"website": Marks(at, 12.4, "credentials: are refused for ada@example.org", since)}
    report = await api.health()
    channel = report["channels"]["website"]
    assert report["status"] == "ok" and channel["ok"], "a warning is no fault"
    assert (channel["last_read_at"], channel["sync_age_seconds"]) == ("2026-01-02T00:00:00+00:00", 12)
    assert channel["last_error"] == {
        "error": "credentials: are refused for [email]",
        "at": "2026-01-01T00:00:00+00:00",
    }
    when = {"checked_at": "2026-01-02T00:00:00+00:00", "since": "2026-01-01T00:00:00+00:00"}
    assert channel["parts"] == {
        "consent": {"ok": False, "error": "Google ends it", "severity": "warning"} | when,
        "sync": {"ok": True, "error": None} | when,
    }


async def test_health_tells_of_no_part_an_address_or_without_end(api):
    at = datetime(2026, 1, 2, tzinfo=UTC)
    api.rows.found = {"website": {"credentials": ("open ada@example.org " + "x" * 10_000, at)}}
    error = (await api.health())["channels"]["website"]["parts"]["credentials"]["error"]
    assert error.startswith("open [email] x") and len(error) == 300


@pytest.mark.parametrize("path", ["/metrics", "/docs", "/openapi.json", "/redoc"])
async def test_what_is_not_for_the_public_is_not_there(api, path):
    assert (await api.http.get(path)).status_code == 404


async def test_counts_and_probes_are_on_the_inner_port_alone(api):
    await api.submit()
    assert 'fte_messages_accepted_total{channel="website"} 1.0' in (await api.inner.get("/metrics")).text
    assert [(await api.inner.get(path)).status_code for path in ("/healthz", "/readyz")] == [200, 503]
    api.listening.set()
    assert (await api.inner.get("/readyz")).status_code == 200
    for path in ("/metrics", "/healthz", "/readyz"):
        assert (await api.http.get(path)).status_code == 404, "nobody outside has a use for it"


async def test_the_public_is_told_the_status_and_no_more(api):
    assert (await api.http.get("/health")).json() == {"status": "ok"}
    api.rows.error = Unreachable("cannot reach postgres for ada@example.org")
    api.clock.advance(3)
    answer = await api.http.get("/health")
    assert answer.json() == {"status": "degraded"}
    assert answer.headers["cache-control"] == "no-store"


async def test_while_a_look_is_under_way_the_public_is_told_of_the_last_one(api, monkeypatch):
    """What waits keeps a connection, and anybody may ask."""
    assert (await api.http.get("/health")).json() == {"status": "ok"}
    monkeypatch.setattr(health, "CHECK_SECONDS", 60)
    api.rows.held, api.rows.error = asyncio.Event(), Unreachable("gone")
    api.clock.advance(3)
    first = asyncio.create_task(api.http.get("/health"))
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        assert [(await api.http.get("/health")).json() for _ in range(20)] == [{"status": "ok"}] * 20
        assert not first.done()
        api.rows.held.set()
        assert (await first).json() == {"status": "degraded"}
        assert (await api.http.get("/health")).json() == {"status": "degraded"}


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TimeoutError(), "does not answer in time"),
        (Unreachable("postgres.internal: refused"), "cannot be reached"),
        (OwnedByAnother("shop/ada"), "belongs to another employee"),
        (SchemaMismatch("the database belongs to nobody yet; run fte-migrate first"), "is not migrated yet"),
        (PgvectorMissing("not at 10.0.0.7"), "lacks pgvector"),
        (DatabaseError("something of shop/ada at 10.0.0.7"), "cannot be used now; its log says why"),
        (RuntimeError("something of shop/ada at 10.0.0.7"), "cannot be used now; its log says why"),
    ],
)
async def test_health_tells_no_address_role_or_owner_and_the_log_does(api, caplog, error, told):
    api.rows.error = error
    for _ in range(2):
        report = await api.health()
        assert report["database"] == {"ok": False, "error": told}
        assert report["kafka"] == {"ok": True, "error": None}
        api.clock.advance(3)
    [logged] = [record.error for record in caplog.records if record.message == "degraded"]
    assert str(error) in logged


async def test_a_failure_nobody_foresaw_has_the_headers_and_the_shape_of_every_other(api):
    api.rows.error = RuntimeError("a fault in our code")
    ticket = (await api.submit()).json()
    api.http._transport.raise_app_exceptions = False
    response = await api.status(ticket["ticket_id"], ticket["token"])
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert [fault["code"] for fault in response.json()["errors"]] == ["internal"]
    assert "fault in our code" not in response.text
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in response.headers["content-security-policy"]
