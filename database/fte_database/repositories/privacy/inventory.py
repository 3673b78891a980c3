"""What becomes of every column that can hold a customer's words or identifiers when they are erased, and why.

Numbers, times, flags and UUIDs of ours say nothing of a person and are not listed: a ticket's UUID is of random parts.
A column that is not here fails a test, so whoever adds one decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Rule(StrEnum):
    """``DELETE``: the row goes. ``BLANK``: the value does. ``HASH``: `erased_key` of it stays, to know it again."""

    DELETE = "delete"
    BLANK = "blank"
    HASH = "hash"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a column; ``why`` for one that is kept."""

    rule: Rule
    why: str = ""


_DELETE, _BLANK, _HASH = Fate(Rule.DELETE), Fate(Rule.BLANK), Fate(Rule.HASH)
_WORD = Fate(Rule.KEEP, "one of our own words: a state, a kind, a code")
_STAFF = Fate(Rule.KEEP, "who of the company, or which process of ours")
_CONFIG = Fate(Rule.KEEP, "of the employee's configuration, no customer's")
_KNOWLEDGE = Fate(Rule.KEEP, "approved documents, which no customer writes; the knowledge Job alone fills it")
_NUMBERS = Fate(Rule.KEEP, "names and numbers of measurements, over all customers")
_EVENT = Fate(Rule.KEEP, "ids, reasons and numbers by construction: fte_database.repositories.events")
_HEALTH = Fate(Rule.KEEP, "errors of services, in our words or theirs; STYLE.md forbids bodies and addresses in them")
_RECEIPT = Fate(Rule.KEEP, "ids and numbers of an erasure")

FATES: Mapping[str, Mapping[str, Fate]] = MappingProxyType(
    {
        "agent_metrics": {"channel": _NUMBERS, "metric": _NUMBERS},
        "agent_runs": {
            "status": _WORD,
            "worker": _STAFF,
            "revision": _CONFIG,
            "model": _CONFIG,
            "prompt_version": _CONFIG,
            "kb_version": _CONFIG,
            "decision": _BLANK,
            "error": _BLANK,
        },
        "audit_log": {"actor": _STAFF, "action": _WORD, "subject": Fate(Rule.KEEP, "an id of ours"), "detail": _BLANK},
        "budget_entries": {"kind": _WORD},
        "channel_configs": dict.fromkeys(("channel", "address", "secret_ref", "settings", "sync_cursor"), _CONFIG),
        "channel_cursors": dict.fromkeys(("channel_name", "reader", "position"), _CONFIG),
        "channel_health": {"channel_name": _CONFIG, "part": _WORD, "error": _HEALTH},
        "conversation_participants": {"address": _DELETE},
        "conversation_threads": {"thread_key": _DELETE},
        "conversations": {
            "channel": _WORD,
            "thread_key": _BLANK,
            "subject": _BLANK,
            "status": _WORD,
            "handler": _WORD,
            "assignee": _BLANK,
            "lease_owner": _BLANK,
            "resolution": _WORD,
        },
        "customer_identifiers": dict.fromkeys(
            ("kind", "value_norm", "value_raw", "verified_by", "first_channel"), _DELETE
        ),
        "customer_merges": {"actor": _STAFF, "reason": _BLANK, "split_by": _STAFF},
        "customers": dict.fromkeys(("email", "display_name", "locale", "tz", "metadata"), _BLANK),
        "daily_reports": {"tz": _CONFIG, "body": _NUMBERS},
        "deliveries": {
            "channel": _WORD,
            "recipient": _BLANK,
            "body": _BLANK,
            "state": _WORD,
            "provider_id": _HASH,
            "error_code": _WORD,
            "error_class": _WORD,
            "error": _BLANK,
            "lease_owner": _BLANK,
            "target": _BLANK,
            "placeholder_id": _HASH,
            "previous_ids": _HASH,
            "mailbox": _BLANK,
        },
        "delivery_events": {
            "channel": _WORD,
            "provider_id": _HASH,
            "status": _WORD,
            "error_code": _WORD,
            "raw": _BLANK,
        },
        "delivery_names": {"name": _DELETE},
        "early_replies": {
            "channel": _WORD,
            "external_id": _HASH,
            "channel_name": _CONFIG,
            "thread_key": _BLANK,
            "body": _BLANK,
            "participants": _BLANK,
            "rfc_message_id": _BLANK,
        },
        "embeddings": {"embedder": _KNOWLEDGE, "digest": _KNOWLEDGE, "embedding": _KNOWLEDGE},
        "erasures": dict.fromkeys(("actor", "counts", "topics"), _RECEIPT),
        "escalations": {
            "reason_code": _WORD,
            "trigger": _WORD,
            "summary": _BLANK,
            "status": _WORD,
            "assignee": _STAFF,
            "brief": _BLANK,
        },
        "identifier_claims": dict.fromkeys(
            ("kind", "value_norm", "value_raw", "mailbox", "code_sha256", "state"), _DELETE
        ),
        "inbound_events": {
            "source": _WORD,
            "dedupe_key": _HASH,
            "payload": _BLANK,
            "status": _WORD,
            "reason": _BLANK,
        },
        "knowledge_base": dict.fromkeys(
            (
                "snapshot",
                "embedder",
                "source_uri",
                "title",
                "heading",
                "content",
                "visibility",
                "embedding",
                "tsv",
                "asked",
            ),
            _KNOWLEDGE,
        ),
        "knowledge_postings": dict.fromkeys(("snapshot", "embedder", "lexeme"), _KNOWLEDGE),
        "knowledge_snapshots": dict.fromkeys(("snapshot", "embedder"), _KNOWLEDGE),
        "message_ratings": {"remark": _BLANK},
        "messages": {
            "channel": _WORD,
            "direction": _WORD,
            "author": _WORD,
            "sender_name": _BLANK,
            "body": _BLANK,
            "body_full": _BLANK,
            "external_id": _HASH,
            "rfc_message_id": _BLANK,
            "in_reply_to": _BLANK,
            "tool_calls": _BLANK,
            "citations": Fate(Rule.KEEP, "sections of approved documents, to count which are used"),
            "metadata": _BLANK,
            "reply_target": _BLANK,
            "attachments": _BLANK,
        },
        "metric_samples": {"name": _NUMBERS, "channel": _NUMBERS, "dims": _NUMBERS},
        "outbox": {
            "topic": _CONFIG,
            "msg_key": Fate(Rule.KEEP, "a conversation's id"),
            "payload": _EVENT,
            "headers": _EVENT,
            "last_error": _HEALTH,
        },
        "processed_events": {"consumer": _STAFF},
        "schema_migrations": {"name": _CONFIG, "checksum": _CONFIG},
        "schema_owner": {"owner": _CONFIG},
        "tickets": {
            "source_channel": _WORD,
            "category": _WORD,
            "priority": _WORD,
            "status": _WORD,
            "status_token_sha256": _BLANK,
            "resolution_notes": _BLANK,
        },
        "worker_health": {"worker": _STAFF, "roles": _HEALTH, "notes": _HEALTH},
    }
)
"""By table and column: every one of a type that holds text, an object, bytes, a vector, or several of them."""
