"""The form page and the health report."""

import re
from datetime import UTC, datetime

import httpx
import pytest

from fte_database.errors import DatabaseError, OwnedByAnother, PgvectorMissing, SchemaMismatch, Unreachable
from fte_runtime.health import metrics_app


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
    script = (await api.http.get("/support/form.js")).text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


async def test_several_forms_each_have_their_page(two_forms):
    assert (await two_forms.http.get("/support/")).status_code == 404
    assert 'data-channel="shop"' in (await two_forms.http.get("/support/?channel=shop")).text
    assert (await two_forms.http.get("/support/?channel=none")).status_code == 404
    assert (await two_forms.http.get("/support/secrets.txt")).status_code == 404
    assert (await two_forms.http.get("/support")).headers["location"].endswith("/support/")


@pytest.mark.parametrize("path", ["/support/", "/support/form.js", "/healthz"])
async def test_a_monitor_may_ask_for_the_head_alone(api, path):
    assert (await api.http.head(path)).status_code == 200


async def test_health_names_what_is_down_while_the_probes_stay_well(api):
    report = (await api.http.get("/health")).json()
    assert report == {
        "status": "ok",
        "kafka": {"ok": True, "error": None},
        "database": {"ok": True, "error": None},
        "channels": {
            "website": {"ok": True, "error": None, "last_inbound_at": "2026-01-02T00:00:00+00:00", "parts": {}}
        },
    }
    api.rows.error = Unreachable("cannot reach postgres for ada@example.org")
    api.publisher.down = {"*"}
    assert (await api.http.get("/health")).json()["status"] == "ok"  # fresh enough
    api.clock.advance(3)
    report = (await api.http.get("/health")).json()
    assert report["status"] == "degraded"
    assert report["database"] == {"ok": False, "error": "cannot be reached"}
    assert report["kafka"]["ok"] is False
    assert report["channels"]["website"]["ok"] is False
    for probe in ("/healthz", "/readyz"):
        assert (await api.http.get(probe)).status_code == 200


async def test_health_shows_what_the_worker_found_out_about_a_channel(api):
    at = datetime(2026, 1, 2, tzinfo=UTC)
    api.rows.found = {"website": {"credentials": ("are refused", at), "registration": (None, at)}, "gone": {}}
    channels = (await api.http.get("/health")).json()["channels"]
    assert list(channels) == ["website"]
    assert channels["website"]["parts"] == {
        "credentials": {"ok": False, "error": "are refused", "checked_at": "2026-01-02T00:00:00+00:00"},
        "registration": {"ok": True, "error": None, "checked_at": "2026-01-02T00:00:00+00:00"},
    }


@pytest.mark.parametrize("path", ["/metrics", "/docs", "/openapi.json", "/redoc"])
async def test_what_is_not_for_the_public_is_not_there(api, path):
    assert (await api.http.get(path)).status_code == 404


async def test_metrics_are_prometheus_text_on_an_application_of_their_own(api):
    await api.submit()

    async def render():
        return api.metrics.render()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(metrics_app(render)), base_url="http://pod") as http:
        assert 'fte_messages_accepted_total{channel="website"} 1.0' in (await http.get("/metrics")).text


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
        report = (await api.http.get("/health")).json()
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
