"""Claims: an address that a customer says is theirs, and the code that goes there to find out; docs/adr/0049."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from fte_agent.channels import TRAITS
from fte_agent.domain.behaviour import Company
from fte_agent.domain.identity import Claimed
from fte_agent.domain.messages import Channel, ReplyTarget
from fte_agent.identity.addresses import Reached, reached
from fte_agent.reply.codes import code_message
from fte_agent.text.language import ENGLISH
from fte_database.pool import Connection
from fte_database.repositories.copies import PER_CHANNEL, CopyPolicy
from fte_database.sql import QUERIES, bound

PER_CLAIMANT = 3
"""Codes that one identifier asks for in a day."""

PER_MAILBOX = 3
"""Codes to one mailbox in a day, from whomever."""

VALID = timedelta(minutes=30)
"""How long a code may be used."""

AT_ONCE = 1000
"""How many claims are ended at once when their time is over."""


def carriers_of(policy: CopyPolicy | None) -> Mapping[str, Channel]:
    """By kind of identifier the kind of channel that can write to any address of it."""
    bound_kinds = policy.carriers if policy else {}
    return {TRAITS[kind].identifier_kind: kind for kind in sorted(bound_kinds) if TRAITS[kind].addressable}


def digest(claim: UUID, code: str) -> bytes:
    """What is kept of a code."""
    return hashlib.sha256(claim.bytes + code.encode()).digest()


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who claims what: the identifier ``claimant`` in a conversation of the kind ``channel``, told by ``message``."""

    conversation: UUID
    claimant: int
    message: UUID
    channel: Channel
    there: Reached
    language: str


async def open_claim(
    connection: Connection,
    conversation: UUID,
    claimant: int,
    claimed: Claimed,
    *,
    message: UUID,
    channel: Channel,
    policy: CopyPolicy | None,
    language: str = ENGLISH,
) -> str:
    """Send a code to ``claimed``, which the identifier ``claimant`` named in ``conversation``, beside ``message``.

    ``channel`` is the conversation's kind, ``language`` the claimant's. What became of it: ``sent``; ``capped``,
    ``unreachable`` or ``unaddressed``, and then no code went out. Who claims cannot see which: but for what depends on
    themselves alone there is a claim as for any other, which nobody can confirm.
    """
    there, carrier = reached(claimed), carriers_of(policy).get(claimed.kind)
    if there is None:
        return "unaddressed"
    if carrier is None or policy is None:
        return "unreachable"
    claim = _Claim(conversation, claimant, message, channel, there, language)
    outcome = await _opened(connection, claim, carrier, policy)
    policy.tell(policy.carriers[carrier], f"code_{outcome}")
    return outcome


async def _opened(connection: Connection, claim: _Claim, carrier: Channel, policy: CopyPolicy) -> str:
    there, traits, name = claim.there, TRAITS[carrier], policy.carriers[carrier]
    await connection.execute(QUERIES["ensure_channel"], carrier, name, traits.style.max_chars)
    config = await connection.fetchval(QUERIES["channel_id"], carrier, name)
    await connection.execute(QUERIES["lock_codes"], claim.claimant, there.mailbox)
    limits = {"by": PER_CLAIMANT, "most": PER_MAILBOX, "carried": PER_CHANNEL}
    facts = {"mailbox": there.mailbox, "carrier": config, "windowed": traits.reply_window is not None}
    found = await connection.fetchrow(
        *bound("room_for_code", claimant=claim.claimant, kind=there.kind, value=there.normalised, **facts, **limits)
    )
    if found is None or not found["asks"]:
        return "capped"
    outcome = "capped" if not found["room"] else "sent" if found["free"] else "unreachable"
    if replaced := await connection.fetchval(QUERIES["replace_claim"], claim.conversation):
        await connection.execute(QUERIES["cancel_code"], replaced)
    await _insert(connection, claim, carrier, config, company=policy.company, sends=outcome == "sent")
    return outcome


async def _insert(
    connection: Connection, claim: _Claim, carrier: Channel, config: UUID, *, company: Company, sends: bool
) -> None:
    """The claim and the delivery of its code, both of one id.

    Not ``sends``: the same rows, but no code in them, and none is right: six digits could be guessed, by as many
    claimants as somebody has addresses.
    """
    there, new, code = claim.there, uuid4(), f"{secrets.randbelow(10**6):06d}"
    minutes = int(VALID.total_seconds() // 60)
    subject, body = code_message(code, company, channel=claim.channel, minutes=minutes, language=claim.language)
    same = {"claim": new, "kind": there.kind, "normalised": there.normalised}
    same |= {"mailbox": there.mailbox if sends else ""}
    await connection.execute(
        *bound(
            "insert_claim",
            conversation=claim.conversation,
            claimant=claim.claimant,
            value=there.value,
            code_sha256=digest(new, code if sends else secrets.token_hex()),
            valid=VALID,
            **same,
        )
    )
    await connection.execute(
        *bound(
            "insert_code",
            carrier=config,
            message=claim.message,
            channel=carrier,
            body=body if sends else "",
            recipient=there.value if sends else "",
            target=asdict(ReplyTarget(there.value, subject)) if sends else None,
            sends=sends,
            **same,
        )
    )


async def expire(connection: Connection) -> None:
    """End claims whose time is over, and do not send their codes any more."""
    await connection.execute(QUERIES["expire_claims"], AT_ONCE)
    await connection.execute(QUERIES["expire_codes"])
