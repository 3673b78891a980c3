"""A WhatsApp channel of ours on the Twilio double: settings, secret files, and a double to talk to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from doubles.twilio.account import Account as TwilioAccount
from doubles.twilio.account import Sender
from doubles.twilio.double import TwilioDouble
from doubles.twilio_world import ADA, OURS
from runtime_doubles import FakeDeliveries, a_delivery

from fte_agent.channels import WHATSAPP
from fte_agent.domain.delivery import Delivery
from fte_agent.domain.messages import ReplyTarget
from fte_runtime.channels.twilio_whatsapp.client import Account
from fte_runtime.channels.twilio_whatsapp.sender import WhatsAppSender
from fte_runtime.channels.twilio_whatsapp.settings import Settings
from fte_runtime.clock import SystemClock

TEMPLATE = {
    "content_sid": "HX" + "0" * 32,
    "variables": {"1": {"source": "CustomerName", "default": "there"}, "2": {"source": "CompanyName", "default": "us"}},
}
STATUS_URL = "https://support.example.org/webhooks/whatsapp/status"


def settings(folder: Path, double: TwilioDouble, **changes: Any) -> Settings:
    """Settings of the double's sender, with its credentials in files of ``folder``."""
    (folder / "account-sid").write_text(double.account.sid)
    (folder / "auth-token").write_text(double.account.auth_token + "\n")
    facts: dict[str, Any] = {
        "sender": OURS.removeprefix("whatsapp:"),
        "account_sid_file": folder / "account-sid",
        "auth_token_file": folder / "auth-token",
        "api_url": double.url,
        "templates": {"reopen": TEMPLATE},
    }
    return Settings.model_validate(facts | changes)


def a_part(body: str = "There.", **changes: Any) -> Delivery:
    """A part to Ada, who may be written to for a day."""
    now = datetime.now(UTC)
    facts: dict[str, Any] = {
        "target": ReplyTarget(ADA),
        "body": body,
        "first_sent_at": now,
        "window_until": now + timedelta(hours=24),
        "customer_name": "Ada",
    }
    return a_delivery(WHATSAPP, "whatsapp", **facts | changes)


@dataclass
class World:
    """The double, our account at it, and what the worker is told."""

    double: TwilioDouble
    account: Account
    settings: Settings
    deliveries: FakeDeliveries = field(default_factory=FakeDeliveries)
    reports: list[tuple[str, str | None]] = field(default_factory=list)

    async def report(self, part: str, error: str | None) -> None:
        self.reports.append((part, error))

    def sender(self, **changes: Any) -> WhatsAppSender:
        facts: dict[str, Any] = {
            "account": self.account,
            "settings": self.settings,
            "company_name": "Example Ltd",
            "status_url": None,
            "deliveries": self.deliveries,
            "report": self.report,
            "clock": SystemClock(),
        }
        return WhatsAppSender(**facts | changes)


@asynccontextmanager
async def a_world(folder: Path, **changes: Any) -> AsyncIterator[World]:
    """A world whose double calls nobody."""
    async with TwilioDouble(TwilioAccount(senders=[Sender(OURS)], statuses=())) as double:
        given = settings(folder, double, **changes)
        account = Account(given)
        try:
            yield World(double, account, given)
        finally:
            await account.aclose()
