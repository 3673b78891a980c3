"""The form page and the health report."""

import re

import pytest
from runtime_doubles import Unreachable


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


async def test_health_names_what_is_down_while_the_probes_stay_well(api):
    report = (await api.http.get("/health")).json()
    assert report == {
        "status": "ok",
        "kafka": {"ok": True, "error": None},
        "database": {"ok": True, "error": None},
        "channels": {"website": {"ok": True, "error": None, "last_inbound_at": "2026-01-02T00:00:00+00:00"}},
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


async def test_metrics_are_prometheus_text(api):
    await api.submit()
    text = (await api.http.get("/metrics")).text
    assert 'fte_submissions_total{channel="website",outcome="accepted"} 1.0' in text


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("Kafka kafka.internal:9092: check: TimeoutError", "does not answer in time"),
        ("the database belongs to shop/ada", "belongs to another employee"),
        ("the database belongs to nobody yet; run fte-migrate first", "is not migrated yet"),
        ('password authentication failed for user "fte_shop" (SQLSTATE 28P01)', "refuses the log-in"),
        ("something of shop/ada at 10.0.0.7", "cannot be used now; its log says why"),
    ],
)
async def test_health_tells_no_address_role_or_owner_and_the_log_does(api, caplog, error, told):
    api.rows.error = Unreachable(error)
    for _ in range(2):
        report = (await api.http.get("/health")).json()
        assert report["database"] == {"ok": False, "error": told}
        assert report["kafka"] == {"ok": True, "error": None}
        api.clock.advance(3)
    assert [record.error for record in caplog.records if record.message == "degraded"] == [error]


async def test_a_failure_nobody_foresaw_has_the_headers_and_the_shape_of_every_other(api):
    api.rows.error = RuntimeError("a fault in our code")
    ticket = (await api.submit()).json()
    api.http._transport.raise_app_exceptions = False
    response = await api.status(ticket["ticket_id"], ticket["token"])
    assert response.status_code == 500
    assert [fault["code"] for fault in response.json()["errors"]] == ["internal"]
    assert "fault in our code" not in response.text
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in response.headers["content-security-policy"]
