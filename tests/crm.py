"""Messages and decisions for tests that work on a real CRM."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from fte_agent.channels import EMAIL, WEB_FORM, WHATSAPP
from fte_agent.domain.messages import Author, Identifier, InboundMessage, Ingested
from fte_agent.domain.turns import Brief, Citation, Decision, Escalation, Outcome, Reason, ToolCall, Trigger, Usage
from fte_agent.ports import TicketStore

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
PHONE = Identifier("phone", "+491705550199", verified=True)
BRIEF = Brief("My lawyer will call.", (Citation("handbook/account.md#password", "Account", "Password"),), ("lawyer",))


def form(body: str = "How do I reset my password?", **changes: Any) -> InboundMessage:
    """A web form message with a promised ticket; every call is another submission."""
    ticket = changes.pop("ticket_id", None) or uuid4()
    facts: dict[str, Any] = {
        "source": "web_form",
        "dedupe_key": str(ticket),
        "channel": WEB_FORM,
        "channel_name": "website",
        "thread_key": str(ticket),
        "sender": Identifier("email", "ada@example.com"),
        "body": body,
        "subject": "Password",
        "display_name": "Ada",
        "occurred_at": NOW,
        "ticket_id": ticket,
        "status_token_sha256": "0" * 64,
    }
    return InboundMessage(**facts | changes)


def mail(body: str = "Hello", *, key: str | None = None, **changes: Any) -> InboundMessage:
    """A mail of a verified sender in a thread; the ticket is ingest's to make."""
    facts: dict[str, Any] = {
        "source": "gmail",
        "dedupe_key": key or str(uuid4()),
        "channel": EMAIL,
        "channel_name": "help@example.com",
        "thread_key": "thread-1",
        "sender": Identifier("email", "ada@example.com", verified=True),
        "body": body,
        "subject": "Invoice",
        "display_name": "Ada",
        "occurred_at": NOW,
    }
    return InboundMessage(**facts | changes)


def chat(body: str = "Hello", **changes: Any) -> InboundMessage:
    """A WhatsApp message of one number, written now: what may be said to it depends on when it was."""
    facts: dict[str, Any] = {
        "source": "twilio",
        "channel": WHATSAPP,
        "channel_name": "whatsapp",
        "thread_key": PHONE.value,
        "sender": PHONE,
        "occurred_at": datetime.now(UTC),
    }
    return mail(body, **facts | changes)


def answer(text: str = "Open Settings, then Password.", **changes: Any) -> Decision:
    """An answer with one citation."""
    facts: dict[str, Any] = {
        "outcome": Outcome.ANSWER,
        "author": Author.AI,
        "parts": (text,),
        "citations": (Citation("handbook/account.md#password", "Account", "Password"),),
        "tool_calls": (ToolCall("send_response", {"message": text}, "ok", 1.5),),
        "usage": Usage(100, 20),
        "model": "offline",
        "prompt_version": "1",
        "top_score": 0.7,
        "model_ms": 12,
        "total_ms": 34,
        "category": "account",
    }
    return Decision(**facts | changes)


def escalation(reason: Reason = Reason.LEGAL) -> Decision:
    """A hand-over with an approved acknowledgement."""
    return Decision(
        outcome=Outcome.ESCALATE,
        author=Author.SYSTEM,
        parts=("A colleague will reply.",),
        escalation=Escalation(reason, Trigger.RULE, "The customer mentions a lawyer.", BRIEF),
        model="offline",
        total_ms=3,
    )


async def replied(store: TicketStore, message: InboundMessage, decision: Decision) -> Ingested:
    """Take ``message`` in and commit ``decision`` of its burst."""
    done = await store.ingest(message)
    claim = await store.claim("w", [done.conversation_id])
    assert claim is not None
    assert claim.conversation_id == done.conversation_id
    assert await store.commit(claim, decision, revision="r")
    return done


Sql = Callable[..., Awaitable[list[dict[str, Any]]]]


async def conversation_row(sql: Sql, conversation: UUID) -> dict[str, Any]:
    """One conversation as the database has it."""
    return (await sql("SELECT * FROM conversations WHERE id = $1", conversation))[0]
