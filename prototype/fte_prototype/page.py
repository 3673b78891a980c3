"""The page of the web form, filled in; whatever comes from outside is escaped here and nowhere else."""

import base64
import hashlib
import html
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.resources import files
from string import Template
from uuid import uuid4

from starlette.responses import HTMLResponse, Response

from fte_agent.domain.messages import CATEGORIES, PRIORITIES, Author
from fte_agent.domain.turns import Decision
from fte_agent.inbound.web_form import MAX_BODY_CHARS
from fte_agent.ports import Clock
from fte_prototype.render import Facts, facts
from fte_prototype.sandbox import Searched
from fte_prototype.store import TicketView

_TEXTS = ("name", "email", "subject", "message")
_DEFAULTS = {"category": "general", "priority": "medium"}


class Page:
    """Renders ``form.html``: no script, no request to anywhere else."""

    def __init__(self, company: str, clock: Clock) -> None:
        source = (files("fte_prototype") / "form.html").read_text(encoding="utf-8")
        self._template = Template(source)
        self._company = company
        self._clock = clock
        style = source.partition("<style>")[2].partition("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        self._headers = {
            "content-security-policy": f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
        }

    def empty(self) -> Response:
        """The form, to be filled in."""
        return self._render("", {}, HTTPStatus.OK)

    def refused(self, fault: str, fields: Mapping[str, str], status: HTTPStatus) -> Response:
        """The form as it was filled in, with what is wrong."""
        return self._render(f'<p class="fault" role="alert">{html.escape(fault)}</p>', fields, status)

    def answered(self, ticket: TicketView, decision: Decision | None, searches: Sequence[Searched]) -> Response:
        """What came of a submission; without a decision it was there already, and its last reply is shown."""
        said = [message.body for message in ticket.messages if message.author is not Author.CUSTOMER]
        parts = said[-1:] if decision is None else decision.parts
        told: Facts = [
            ("ticket", [str(ticket.ticket_id)]),
            ("status", [ticket.status]),
            ("filed as", [f"{ticket.category}, priority {ticket.priority}"]),
            *([("decision", ["this was received before"])] if decision is None else facts(decision, searches)),
        ]
        reply = "".join(f"<pre>{html.escape(part)}</pre>" for part in parts) or "<p>No reply.</p>"
        result = f'<section role="status"><h2>Reply</h2>{reply}<h2>Why</h2>{_list(told)}</section>'
        return self._render(result, {}, HTTPStatus.OK)

    def _render(self, result: str, fields: Mapping[str, str], status: HTTPStatus) -> Response:
        body = self._template.substitute(
            {name: html.escape(fields.get(name, "")) for name in _TEXTS},
            company=html.escape(self._company),
            result=result,
            max_chars=MAX_BODY_CHARS,
            categories=_options(CATEGORIES, fields.get("category", _DEFAULTS["category"])),
            priorities=_options(PRIORITIES, fields.get("priority", _DEFAULTS["priority"])),
            submission_id=uuid4(),
            t0=int(self._clock.now().timestamp() * 1000),
        )
        return HTMLResponse(body, status, self._headers)


def _list(told: Facts) -> str:
    rows = (
        f"<dt>{html.escape(label)}</dt>{''.join(f'<dd>{html.escape(each)}</dd>' for each in lines)}"
        for label, lines in told
    )
    return f"<dl>{''.join(rows)}</dl>"


def _options(values: Sequence[str], chosen: str) -> str:
    return "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>'
        f"{value.replace('_', ' ').capitalize()}</option>"
        for value in values
    )
