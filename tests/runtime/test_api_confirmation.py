"""POST /support/ticket/{id}/confirmation: a form's customer asks for a code for their address, and gives it."""

import json
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from api_world import WEBSITE, an_api
from runtime_doubles import Unreachable

from fte_agent.channels import WEB_FORM
from fte_agent.domain.messages import Identifier
from fte_agent.inbound.faults import InvalidMessage
from fte_agent.inbound.web_form_confirmation import parse_confirmation
from fte_database.repositories.status import TicketSender, TicketView
from fte_runtime.channels.web_form import confirmations
from fte_runtime.channels.web_form.settings import Settings
from fte_runtime.events import decode
from fte_runtime.tokens import StatusTokens, digest

ADA = Identifier("email", "Ada@Example.org")


async def stored(api, **changes: object) -> tuple[str, str]:
    """A ticket that is stored, and its token."""
    body = (await api.submit()).json()
    api.publisher.records.clear()
    sender = TicketSender("website", ADA, digest(body["token"]), address_confirmed=False)
    api.rows.senders[UUID(body["ticket_id"])] = replace(sender, **changes)
    return body["ticket_id"], body["token"]


def published(api) -> list:
    return [decode(value) for _, value, _ in api.publisher.on("fte.tickets.incoming")]


def refused(answer) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["errors"][0]["code"]


async def test_an_empty_body_asks_for_a_code_in_the_ticket_s_own_thread(api):
    ticket, token = await stored(api)
    answer = await api.confirm(ticket, token)
    assert (answer.status_code, answer.headers["cache-control"]) == (202, "no-store")
    (message,) = published(api)
    assert (message.thread_key, message.ticket_id, message.sender) == (ticket, UUID(ticket), ADA)
    assert (message.channel, message.channel_name, message.body) == (WEB_FORM, "website", "")
    assert (message.metadata["confirmation"], message.automated) == ("asked", True)


@pytest.mark.parametrize("written", ["482913", " 482 913 ", "482-913", "\N{FULLWIDTH DIGIT FOUR}82913"])
async def test_a_code_is_carried_as_six_digits(api, written):
    ticket, token = await stored(api)
    assert (await api.confirm(ticket, token, {"code": written})).status_code == 202
    (message,) = published(api)
    assert (message.body, message.metadata["confirmation"]) == ("482913", "code")
    assert "482913" not in message.dedupe_key


async def test_the_same_code_is_the_same_message_and_another_wish_is_another(api):
    ticket, token = await stored(api)
    for body in ({"code": "482913"}, {"code": "482913"}, None, None):
        await api.confirm(ticket, token, body)
    given, again, asked, anew = [message.dedupe_key for message in published(api)]
    assert given == again
    assert len({given, asked, anew}) == 3


@pytest.mark.parametrize(
    "body", [{"code": "48291"}, {"code": "4829131"}, {"code": 482913}, {"code": None}, {}, [], "x"]
)
async def test_what_is_no_code_is_named_with_the_remedy(api, body):
    ticket, token = await stored(api)
    answer = await api.confirm(ticket, token, body)
    assert refused(answer) == (422, "invalid_code")
    assert "six digits" in answer.json()["errors"][0]["message"]
    assert published(api) == []


async def test_nothing_but_a_code_may_be_said(api):
    ticket, token = await stored(api)
    answer = await api.confirm(ticket, token, {"code": "482913", "email": "eve@evil.example"})
    assert refused(answer) == (422, "unknown_field")


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'{"code":' + b"[" * 400])
async def test_what_is_no_json_is_refused(api, raw):
    ticket, token = await stored(api)
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    answer = await api.http.post(f"/support/ticket/{ticket}/confirmation", content=raw, headers=headers)
    assert refused(answer) == (422, "invalid_json")
    with pytest.raises(InvalidMessage):
        parse_confirmation(raw)


async def test_a_body_is_json_and_small(api):
    ticket, token = await stored(api)
    path, known = f"/support/ticket/{ticket}/confirmation", {"authorization": f"Bearer {token}"}
    answer = await api.http.post(path, content=b"482913", headers=known | {"content-type": "text/plain"})
    assert refused(answer) == (415, "unsupported_media_type")
    assert refused(await api.confirm(ticket, token, {"code": "4" * 2000})) == (413, "too_large")


async def test_only_who_holds_the_ticket_s_token_may_confirm(api):
    ticket, token = await stored(api)
    other, _ = await stored(api)
    for path, used in ((other, token), (ticket, "x"), (ticket, ""), (uuid4(), token), ("no-uuid", token)):
        answer = await api.confirm(path, used)
        assert refused(answer) == (401, "unauthorised")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert published(api) == []


async def test_before_the_ticket_is_stored_it_is_to_be_tried_again(api):
    body = (await api.submit()).json()
    answer = await api.confirm(body["ticket_id"], body["token"])
    assert refused(answer) == (409, "not_stored_yet")
    assert answer.headers["retry-after"] == "5"
    assert "try again" in answer.json()["errors"][0]["message"]


async def test_what_is_confirmed_needs_no_code(api):
    ticket, token = await stored(api, address_confirmed=True)
    assert refused(await api.confirm(ticket, token)) == (409, "already_confirmed")
    assert published(api) == []


async def test_without_a_mailbox_no_code_can_be_sent():
    async with an_api(WEBSITE, kinds=[WEB_FORM]) as api:
        ticket, token = await stored(api)
        assert refused(await api.confirm(ticket, token)) == (409, "no_mailbox")
        api.rows.tickets[UUID(ticket)] = TicketView(UUID(ticket), "open", digest(token), ())
        assert (await api.status(ticket, token)).json()["confirmation"] == "unavailable"


@pytest.mark.parametrize("form", ["another", None])
async def test_a_form_that_takes_nothing_in_takes_no_code(form):
    paused = WEBSITE.model_copy(update={"run_state": "Paused" if form is None else "Active"})
    async with an_api(paused) as api:
        token = StatusTokens((b"current",)).issue(ticket := uuid4(), api.clock.now())
        api.rows.senders[ticket] = TicketSender(form or "website", ADA, digest(token), address_confirmed=False)
        assert refused(await api.confirm(ticket, token)) == (503, "paused")


async def test_one_ticket_s_wishes_are_limited_and_another_s_are_not_concerned(api):
    ticket, token = await stored(api)
    answers = [await api.confirm(ticket, token) for _ in range(confirmations.PER_MINUTE + 1)]
    assert [answer.status_code for answer in answers] == [202] * confirmations.PER_MINUTE + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    other = await stored(api)
    assert (await api.confirm(*other)).status_code == 202
    api.clock.advance(60)
    assert (await api.confirm(ticket, token)).status_code == 202


async def test_an_outage_is_told_as_one(api):
    ticket, token = await stored(api)
    api.publisher.down = {"*"}
    assert refused(await api.confirm(ticket, token)) == (503, "not_confirmed")
    api.rows.error = Unreachable("gone")
    assert refused(await api.confirm(ticket, token)) == (503, "unavailable")


@pytest.mark.parametrize(
    ("confirmed", "last", "told"),
    [(False, "", "possible"), (False, "asked", "asked"), (False, "wrong", "wrong"), (True, "expired", "confirmed")],
)
async def test_the_ticket_tells_how_far_its_address_is_confirmed(api, confirmed, last, told):
    ticket, token = await stored(api)
    api.rows.tickets[UUID(ticket)] = TicketView(UUID(ticket), "open", digest(token), (), confirmed, last)
    page = (await api.status(ticket, token)).json()
    assert (page["address_confirmed"], page["confirmation"]) == (confirmed, told)


async def test_a_page_of_another_origin_may_ask():
    shared = WEBSITE.model_copy(update={"settings": Settings(allowed_origins=("https://shop.example",))})
    async with an_api(shared) as one:
        asks = {"origin": "https://shop.example", "access-control-request-method": "POST"}
        asks |= {"access-control-request-headers": "authorization, content-type"}
        answer = await one.http.options(f"/support/ticket/{uuid4()}/confirmation", headers=asks)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"


async def test_both_pages_offer_it_accessibly(api):
    pages = [(await api.http.get("/support/")).text]
    pages.append((await api.http.get(f"/support/ticket/{uuid4()}", headers={"accept": "text/html"})).text)
    for page in pages:
        assert '<label for="code">' in page
        assert 'aria-describedby="code-error"' in page
        assert '<p role="status" id="confirmation-status"></p>' in page
        assert 'autocomplete="one-time-code"' in page
        assert ">Confirm your e-mail address</button>" in page


def test_a_code_is_read_without_its_json_being_kept():
    assert parse_confirmation(b" \n") is None
    assert parse_confirmation(json.dumps({"code": "000000"}).encode()) == "000000"
