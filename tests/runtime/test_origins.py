"""Pages of other origins: who may post to a form, read its tickets and show it in a frame."""

from collections.abc import AsyncIterator

import httpx
import pytest
from api_world import WEBSITE, Api, an_api

from fte_runtime.channels.web_form.settings import Settings

OURS, SHOP, STRANGER = "https://www.example.org", "https://shop.example.org", "https://evil.example"


@pytest.fixture
async def open_api() -> AsyncIterator[Api]:
    """Two forms, each for a site of its own."""
    website = WEBSITE.model_copy(update={"settings": Settings(allowed_origins=(OURS,))})
    shop = WEBSITE.model_copy(update={"name": "shop", "settings": Settings(allowed_origins=(f"{SHOP}:443",))})
    async with an_api(website, shop) as it:
        yield it


async def preflight(api: Api, origin: str, path: str = "/support/submit", **asked: str) -> httpx.Response:
    asked = {"method": "POST", "headers": "content-type"} | asked
    headers = {f"access-control-request-{name}": value for name, value in asked.items()}
    return await api.http.options(path, headers=headers | {"origin": origin})


async def post(api: Api, origin: str, channel: str = "website", **changes: object) -> httpx.Response:
    form = api.form(channel=channel, **changes)
    return await api.http.post("/support/submit", json=form, headers={"origin": origin})


@pytest.mark.parametrize("origin", [OURS, SHOP])
async def test_a_listed_page_may_post_and_read_what_becomes_of_it(open_api: Api, origin: str) -> None:
    channel = "website" if origin == OURS else "shop"
    allowed = await preflight(open_api, origin)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, origin)
    assert "content-type" in allowed.headers["access-control-allow-headers"]
    taken = await post(open_api, origin, channel)
    assert (taken.status_code, taken.headers["access-control-allow-origin"]) == (202, origin)
    wrong = await post(open_api, origin, channel, name="")
    assert (wrong.status_code, wrong.headers["access-control-allow-origin"]) == (422, origin)
    path = f"/support/ticket/{taken.json()['ticket_id']}"
    allowed = await preflight(open_api, origin, path, method="GET", headers="authorization")
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, origin)
    bearer = {"authorization": f"Bearer {taken.json()['token']}", "origin": origin}
    ticket = await open_api.http.get(path, headers=bearer)
    assert (ticket.status_code, ticket.headers["access-control-allow-origin"]) == (200, origin)
    assert {each.strip().lower() for each in ticket.headers["vary"].split(",")} == {"accept", "origin"}


async def test_a_page_that_is_not_listed_is_let_in_nowhere(open_api: Api) -> None:
    assert "access-control-allow-origin" not in (await preflight(open_api, STRANGER)).headers
    assert "access-control-allow-origin" not in (await post(open_api, STRANGER)).headers
    for path in ("/support/", "/support/form.js", "/health"):
        response = await open_api.http.get(path, headers={"origin": OURS})
        assert "access-control-allow-origin" not in response.headers


async def test_a_page_may_use_no_other_form_than_that_which_lists_it(open_api: Api) -> None:
    refused = await post(open_api, SHOP)
    assert refused.status_code == 403
    assert [(e["field"], e["code"]) for e in refused.json()["errors"]] == [("origin", "origin_not_allowed")]
    assert open_api.publisher.records == []
    own = await open_api.http.post(
        "/support/submit", json=open_api.form(channel="shop"), headers={"origin": OURS, "host": "www.example.org"}
    )
    assert own.status_code == 202, "a page of ours, on the same host"


async def test_without_a_preflight_there_is_nothing_to_ask_options_for(open_api: Api) -> None:
    assert (await open_api.http.options("/support/submit")).status_code == 405


async def test_a_form_that_lists_nobody_is_as_closed_as_before(api: Api) -> None:
    assert (await preflight(api, OURS)).status_code == 405
    page = await api.http.get("/support/")
    assert page.headers["content-security-policy"].endswith("frame-ancestors 'none'")


async def test_a_listed_page_may_show_the_form_in_a_frame(open_api: Api) -> None:
    ancestors = {}
    for form in ("website", "shop"):
        page = await open_api.http.get(f"/support/?channel={form}")
        ancestors[form] = page.headers["content-security-policy"].rpartition("frame-ancestors ")[2]
    assert ancestors == {"website": OURS, "shop": SHOP}
    asset = await open_api.http.get("/support/form.js")
    assert asset.headers["content-security-policy"].endswith("frame-ancestors 'none'")
