"""Mails of a few people for tests on who takes part in which conversation."""

from typing import Any
from uuid import uuid4

from crm import mail

from fte_agent.domain.messages import Identifier, InboundMessage, Ingested, ReplyTarget
from fte_agent.ports import TicketStore

ADA, BOB, EVE = "ada@example.com", "bob@example.net", "eve@example.org"
DESK = "help@example.com"


def by(address: str, *, proven: bool = True, **changes: Any) -> InboundMessage:
    """A mail of ``address`` with an id of its own, answered at ``reply_to`` if that is given."""
    reply_to = changes.pop("reply_to", address)
    parent = changes.get("external_id", f"<{uuid4()}@mail.example>")
    facts = {"external_id": parent, "display_name": address.partition("@")[0]} | changes
    target = ReplyTarget(reply_to, facts.get("subject", ""), facts.get("thread_key", "thread-1"), parent)
    body, sender = facts.pop("body", str(uuid4())), Identifier("email", address, proven)
    return mail(body, sender=sender, reply_target=target, **facts)


async def opened(store: TicketStore, **changes: Any) -> Ingested:
    """Ada's conversation in ``thread-1``; her mail is <ada-1>."""
    return await store.ingest(by(ADA, external_id="<ada-1>", **changes))
