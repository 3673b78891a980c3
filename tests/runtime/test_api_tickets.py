"""GET /support/ticket/{id}: who may read, and what they read before and after the ticket is stored."""

import asyncio
import re
from datetime import UTC, datetime
from urllib.parse import urljoin
from uuid import UUID, uuid4

import pytest
from runtime_doubles import Unreachable

from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Citation
from fte_database.repositories.status import TicketView, VisibleMessage
from fte_runtime.channels.web_form import tickets
from fte_runtime.tokens import StatusTokens, digest


def stored(token: str, status: str = "waiting") -> TicketView:
    citation = Citation("faq/a.md#invoices", "FAQ", "Billing > Invoices")
    at = datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC)
    messages = (
        VisibleMessage(Author.CUSTOMER, "Where?", (), at),
        VisibleMessage(Author.AI, "There.", (citation,), at),
    )
    return TicketView(uuid4(), status, digest(token), messages)


async def accepted(api):
    body = (await api.submit()).json()
    return body["ticket_id"], body["token"]


async def test_before_it_is_stored_a_ticket_is_received_then_delayed(api):
    ticket, token = await accepted(api)
    assert (await api.status(ticket, token)).json() == {
        "ticket_id": ticket,
        "status": "received",
        "address_confirmed": False,
        "confirmation": "unavailable",
        "messages": [],
    }
    api.clock.advance(61)
    assert (await api.status(ticket, token)).json()["delayed"] is True


async def test_a_stored_ticket_shows_its_status_and_messages(api):
    ticket, token = await accepted(api)
    api.rows.tickets[UUID(ticket)] = stored(token)
    page = (await api.status(ticket, token)).json()
    assert page["status"] == "waiting"
    assert page["messages"][1] == {
        "author": "ai",
        "text": "There.",
        "citations": [{"uri": "faq/a.md#invoices", "title": "FAQ", "heading": "Billing > Invoices"}],
        "at": "2026-01-02T03:04:06+00:00",
    }


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Basic eDp5", "Bearer x", "Bearer 1.ä", "Bearer ."]
)
async def test_without_the_right_token_every_ticket_is_401(api, authorization):
    ticket, _ = await accepted(api)
    headers = {} if authorization is None else {"authorization": authorization.encode()}
    for path in (ticket, uuid4(), "no-uuid"):
        response = await api.http.get(f"/support/ticket/{path}", headers=headers)
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


async def test_what_is_no_token_of_ours_costs_no_look_up(api):
    ticket, token = await accepted(api)
    api.rows.error = AssertionError("looked up")
    for wrong in ("x", "1.x", token.upper(), token[:-1], f"{token}0", f"1{'0' * 11}{token}", token.replace(".", "")):
        assert (await api.status(ticket, wrong)).status_code == 401


async def test_a_token_opens_its_own_ticket_only(api):
    _, token = await accepted(api)
    other, _ = await accepted(api)
    assert (await api.status(other, token)).status_code == 401
    api.rows.tickets[UUID(other)] = stored("another")
    assert (await api.status(other, token)).status_code == 401


async def test_the_row_s_token_outlives_the_keys(api):
    ticket = uuid4()
    token = StatusTokens((b"long gone",)).issue(ticket, api.clock.now())
    assert (await api.status(ticket, token)).status_code == 401
    api.rows.tickets[ticket] = stored(token)
    assert (await api.status(ticket, token)).status_code == 200


async def test_the_previous_key_still_opens(api):
    ticket = uuid4()
    token = StatusTokens((b"previous",)).issue(ticket, api.clock.now())
    assert (await api.status(ticket, token)).json()["status"] == "received"


async def test_the_database_down_is_503_not_a_lost_ticket(api):
    ticket, token = await accepted(api)
    api.rows.error = Unreachable("gone")
    response = await api.status(ticket, token)
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0


async def test_an_unchanged_page_is_304(api):
    ticket, token = await accepted(api)
    first = await api.status(ticket, token)
    headers = {"authorization": f"Bearer {token}", "if-none-match": first.headers["etag"]}
    assert (await api.http.get(f"/support/ticket/{ticket}", headers=headers)).status_code == 304
    api.clock.advance(61)
    assert (await api.http.get(f"/support/ticket/{ticket}", headers=headers)).status_code == 200


BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


async def test_a_browser_is_given_a_page_that_reads_the_ticket_by_the_fragment(api):
    body = (await api.submit()).json()
    address, _, token = body["status_url"].partition("#")
    assert token == body["token"]
    page = await api.http.get(address, headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (page.headers["vary"], page.headers["cache-control"]) == ("accept", "no-store")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert assets == ["../form.css", "../ticket.js"]
    for asset in assets:
        assert (await api.http.get(urljoin(address, asset))).status_code == 200
    script = (await api.http.get(urljoin(address, "../ticket.js"))).text
    for name in re.findall(r'getElementById\("([^"]+)"\)', script):
        assert f'id="{name}"' in page.text or name == "form"
    assert page.text == (await api.http.get(f"/support/ticket/{uuid4()}", headers=BROWSER)).text


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
async def test_a_program_is_given_json_at_the_same_address(api, accept):
    ticket, token = await accepted(api)
    api.rows.tickets[UUID(ticket)] = stored(token)
    answer = await api.http.get(f"/support/ticket/{ticket}", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    both = BROWSER | {"authorization": f"Bearer {token}"}
    answer = await api.http.get(f"/support/ticket/{ticket}", headers=both)
    assert (answer.json()["status"], answer.headers["vary"]) == ("waiting", "accept")


@pytest.fixture
def hanging(api, monkeypatch):
    """A database that answers nobody until the event is set; ``asked`` counts."""
    free = asyncio.Event()
    free.asked = 0

    async def hang(_):
        free.asked += 1
        await free.wait()

    monkeypatch.setattr(api.rows, "find_ticket", hang)
    return free


async def answers_at_once(asked, waiting):
    """Of all that ask, those that are not left waiting."""
    tasks = [asyncio.create_task(one) for one in asked]
    async with asyncio.timeout(20):
        while sum(task.done() for task in tasks) < len(tasks) - waiting:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=0.1)
            tasks = sorted(tasks, key=lambda task: not task.done())
    return [task.result() for task in tasks if task.done()]


async def test_a_database_that_hangs_holds_few_of_those_who_guess(api, hanging, caplog):
    """What waits keeps a connection, and those are for everybody."""
    ticket, token = await accepted(api)
    guess = StatusTokens((b"guessed",)).issue(uuid4(), api.clock.now())
    refused = await answers_at_once((api.status(uuid4(), guess) for _ in range(200)), tickets.UNPROVEN_READS)
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in refused} == {(503, "5")}
    assert (len(refused), hanging.asked) == (200 - tickets.UNPROVEN_READS, tickets.UNPROVEN_READS)
    assert caplog.records == [], "a line for each would be a flood of its own"
    reading = asyncio.create_task(api.status(ticket, token))
    hanging.set()
    assert (await reading).status_code == 200, "a ticket's own customer has a place besides"
    assert (await api.status(uuid4(), guess)).status_code == 401


async def test_a_database_that_hangs_holds_few_for_each_ticket(api, hanging):
    async with asyncio.timeout(20):
        mine, other = [await accepted(api) for _ in range(2)]
        refused = await answers_at_once((api.status(*mine) for _ in range(20)), tickets.READS_OF_A_TICKET)
        assert {answer.status_code for answer in refused} == {503}
        reading = asyncio.create_task(api.status(*other))
        hanging.set()
        assert (await reading).status_code == 200


async def test_a_database_that_hangs_holds_few_for_all_tickets(api, hanging, monkeypatch):
    asked = []
    for _ in range(tickets.PROVEN_READS + 20):
        ticket = uuid4()
        asked.append(api.status(ticket, StatusTokens((b"current",)).issue(ticket, api.clock.now())))
    refused = await answers_at_once(asked, tickets.PROVEN_READS)
    assert ({answer.status_code for answer in refused}, len(refused)) == ({503}, 20)
    hanging.set()
