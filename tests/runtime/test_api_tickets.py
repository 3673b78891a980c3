"""GET /support/ticket/{id}: who may read, and what they read before and after the ticket is stored."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from runtime_doubles import Unreachable

from fte_agent.domain.messages import Author
from fte_agent.domain.turns import Citation
from fte_database.repositories.status import TicketView, VisibleMessage
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
    assert (await api.status(ticket, token)).json() == {"ticket_id": ticket, "status": "received", "messages": []}
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
