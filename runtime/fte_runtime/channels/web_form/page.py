"""The form's page and the ticket's: HTML, scripts and a style sheet, all package data served by us."""

import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from string import Template
from typing import get_args

from starlette.responses import PlainTextResponse, Response

from fte_agent.inbound.web_form import MAX_BODY_CHARS, Submission
from fte_runtime.asgi.headers import policy
from fte_runtime.channels.web_form.intake import settings_of
from fte_runtime.config import ChannelSettings

_ASSETS = {"form.js": "text/javascript", "ticket.js": "text/javascript", "form.css": "text/css"}


class FormPage:
    """Renders the page for one of the bound forms."""

    def __init__(self, forms: Sequence[ChannelSettings]) -> None:
        folder = files("fte_runtime.channels.web_form") / "assets"
        self._forms = {form.name: form for form in forms}
        self._template = Template((folder / "form.html").read_text(encoding="utf-8"))
        self._ticket = (folder / "ticket.html").read_text(encoding="utf-8")
        self._assets = {name: (folder / name).read_text(encoding="utf-8") for name in _ASSETS}

    def page(self, channel: str | None, now: datetime) -> Response:
        """The page of ``channel``, or of the only form; 404 when that names none.

        ``t0`` comes from this clock, not the visitor's, so a wrong clock makes nobody a robot.
        """
        form = self._forms.get(channel) if channel else _only(self._forms)
        if form is None:
            return PlainTextResponse("No such form.\n", status_code=404)
        settings = settings_of(form)
        body = self._template.substitute(
            title=html.escape(settings.title),
            channel=html.escape(form.name),
            max_chars=MAX_BODY_CHARS,
            categories=_options(_choices("category"), "general"),
            priorities=_options(_choices("priority"), "medium"),
            t0=int(now.timestamp() * 1000),
        )
        headers = {"cache-control": "no-store"} | policy(*settings.allowed_origins)
        return Response(body, media_type="text/html", headers=headers)

    def ticket(self) -> Response:
        """The page of any ticket: the visitor's browser knows which, and the token that opens it."""
        return Response(self._ticket, media_type="text/html", headers={"cache-control": "no-store", "vary": "accept"})

    def asset(self, name: str) -> Response:
        """The script or the style sheet."""
        if name not in self._assets:
            return PlainTextResponse("Not found.\n", status_code=404)
        return Response(self._assets[name], media_type=_ASSETS[name], headers={"cache-control": "no-cache"})


def _only(forms: Mapping[str, ChannelSettings]) -> ChannelSettings | None:
    return next(iter(forms.values())) if len(forms) == 1 else None


def _choices(field: str) -> tuple[str, ...]:
    return get_args(Submission.model_fields[field].annotation)


def _options(values: tuple[str, ...], chosen: str) -> str:
    return "".join(_option(value, selected=value == chosen) for value in values)


def _option(value: str, *, selected: bool) -> str:
    label = value.replace("_", " ").capitalize()
    return f'<option value="{value}"{" selected" if selected else ""}>{label}</option>'
