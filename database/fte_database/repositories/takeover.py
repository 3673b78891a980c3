"""Replies that a person sent by other means than ours, as the provider's history tells of them: late, or too early.

Locks are taken in the order provider's id, thread, conversation, delivery.
"""

from datetime import timedelta
from uuid import UUID

from fte_agent.channels import TRAITS, Unconfirmed, kinds
from fte_agent.domain.delivery import OutsideReply
from fte_agent.domain.messages import InboundMessage
from fte_agent.domain.turns import Reason
from fte_agent.ports import TakeoverStore
from fte_database.pool import Connection, Database
from fte_database.repositories import events, participants, statuses, threads
from fte_database.repositories.handover import HandoverPolicy, hand_over, subject_of
from fte_database.sql import QUERIES, bound

OUTSIDE = "outside"
"""Who answered by other means than ours: nobody tells us a name."""

NEWER = "The customer has written since somebody answered by other means."
LATE = "A message came in late; somebody had answered it by other means."

KEPT = timedelta(days=8)
"""How long a reply waits for the message it answers: longer than readers of a provider's history go back."""

CLOCKS = timedelta(minutes=1)
"""How far the database's clock and a provider's may be apart."""


class PostgresTakeoverStore(TakeoverStore):
    """A reply counts from when it was written: what came after it was not seen by who wrote it.

    It takes over the conversations of whom it was written to, in its thread or by its ids. One to other people alone,
    as when a colleague asks somebody about it, takes over nothing.
    """

    def __init__(self, database: Database, *, topic_prefix: str, escalation_sla_seconds: float = 4 * 3600) -> None:
        self._database = database
        self._policy = HandoverPolicy(topic_prefix, timedelta(seconds=escalation_sla_seconds))

    async def take_over(self, reply: OutsideReply) -> bool:
        """Store the reply and give its conversations to a person.

        False when it is known, turns out to be a part of ours that was given up, or answers nothing that we have: then
        it is kept for the message it answers, which may come in later.
        """
        async with self._database.transaction() as connection:
            await connection.execute(QUERIES["lock_provider_id"], reply.channel, reply.external_id)
            answered = await _lock_answered(connection, reply)
            if await connection.fetchval(QUERIES["knows_external"], reply.channel, reply.external_id):
                return False
            for conversation in answered:
                if await self._is_ours(connection, conversation, reply):
                    return False
            stored = [await self._store(connection, conversation, reply) for conversation in answered]
            if not any(stored):
                await _keep(connection, reply)
            return any(stored)

    async def note_sent_as(self, delivery: UUID, message_id: str) -> None:
        """Keep what the provider calls a message of ours that carries ``delivery``; none of that id changes nothing."""
        async with self._database.connection() as connection:
            await connection.execute(QUERIES["note_sent_as"], delivery, message_id)

    async def meet(self, connection: Connection, message: InboundMessage, conversation: UUID) -> None:
        """Give ``conversation`` to a person if one answered ``message``, which came in only now, by other means.

        Within the transaction that stored the message, and under its locks.
        """
        thread = (message.channel, message.channel_name, message.thread_key)
        parties = await connection.fetchval(QUERIES["list_parties"], conversation)
        for kept in await connection.fetch(
            *bound(
                "take_early",
                channel=message.channel,
                channel_name=message.channel_name,
                thread=message.thread_key,
                occurred_at=message.occurred_at,
                conversation=conversation,
                parties=parties,
            )
        ):
            if not await connection.fetchval(QUERIES["knows_external"], message.channel, kept["external_id"]):
                await self._store(connection, conversation, OutsideReply(*thread, **kept))
        if await connection.fetchval(QUERIES["answered_outside"], conversation, message.occurred_at):
            await hand_over(connection, conversation, Reason.OUTSIDE, LATE, self._policy)

    async def _is_ours(self, connection: Connection, conversation: UUID, reply: OutsideReply) -> bool:
        """Whether it is a part that went to a person because nobody knew what became of it; the person is told."""
        facts = {"external_id": reply.external_id, "body": reply.body, "occurred_at": reply.occurred_at}
        found = await connection.fetchrow(*bound("attach_found", conversation=conversation, clocks=CLOCKS, **facts))
        if found is None:
            return False
        if found["accepted"]:
            note = await connection.fetchval(QUERIES["found_note"], found["id"])
            await connection.execute(QUERIES["note_found"], conversation, note)
            await statuses.advance(connection, found["id"], self._policy)  # strikes the note if it did not arrive
        return True

    async def _store(self, connection: Connection, conversation: UUID, reply: OutsideReply) -> bool:
        """Whether it was written after anything the customer wrote in this conversation."""
        at = reply.occurred_at
        appended = await connection.fetchrow(QUERIES["append_outside"], conversation, at)
        if appended is None:
            return False
        await connection.execute(
            *bound(
                "insert_outside",
                conversation=conversation,
                seq=appended["last_seq"],
                channel=reply.channel,
                body=reply.body,
                external_id=reply.external_id,
                message_id=reply.message_id,
                occurred_at=at,
            )
        )
        await participants.add(connection, conversation, reply.participants)
        await connection.execute(QUERIES["cancel_replies"], conversation, kinds(Unconfirmed.RESEND))
        await connection.execute(QUERIES["claim_escalation"], conversation, OUTSIDE, at)
        if appended["unseen"]:
            await hand_over(connection, conversation, Reason.OUTSIDE, NEWER, self._policy)
        await self._tell(connection, conversation, reply)
        return True

    async def _tell(self, connection: Connection, conversation: UUID, reply: OutsideReply) -> None:
        detail = {"channel_name": reply.channel_name, "external_id": reply.external_id}
        await connection.execute(QUERIES["insert_audit"], OUTSIDE, "takeover", str(conversation), detail)
        event = events.conversation_taken_over(await subject_of(connection, conversation))
        topic = f"{self._policy.topic_prefix}.metrics"
        await connection.execute(QUERIES["insert_outbox"], topic, str(conversation), event)


async def _lock_answered(connection: Connection, reply: OutsideReply) -> list[UUID]:
    """The live conversations that a reply answers, locked; whoever takes in a message of them is waited for.

    One of which nobody is known that it was written to answers the thread's own.
    """
    config = await _channel(connection, reply.channel, reply.channel_name)
    ids = threads.ids_of(reply.in_reply_to, reply.references)

    async def meant() -> list[threads.Candidate]:
        return await threads.candidates(connection, config, [reply.thread_key], ids=ids)

    keys = {reply.thread_key, *(each.thread_key for each in await meant())}
    await connection.execute(QUERIES["lock_threads"], config, list(keys))
    answered = [each for each in await meant() if each.thread_key in keys and _answers(reply, each)]
    found = [
        await connection.fetchval(QUERIES["lock_conversation"], config, each.thread_key, False)
        for each in sorted(answered, key=lambda each: each.id)
    ]
    return [conversation for conversation in found if conversation is not None]


def _answers(reply: OutsideReply, candidate: threads.Candidate) -> bool:
    if not reply.participants:
        return candidate.thread_key == reply.thread_key
    return participants.concerns(candidate.parties, reply.participants)


async def _keep(connection: Connection, reply: OutsideReply) -> None:
    await connection.execute(
        *bound(
            "keep_early",
            channel=reply.channel,
            channel_name=reply.channel_name,
            thread_key=reply.thread_key,
            external_id=reply.external_id,
            body=reply.body,
            occurred_at=reply.occurred_at,
            participants=[participants.as_compared(each) for each in reply.participants],
            message_id=reply.message_id,
        )
    )


async def _channel(connection: Connection, channel: str, channel_name: str) -> UUID:
    config: UUID | None = await connection.fetchval(QUERIES["channel_id"], channel, channel_name)
    if config is None:
        await connection.execute(QUERIES["ensure_channel"], channel, channel_name, TRAITS[channel].style.max_chars)
        config = await connection.fetchval(QUERIES["channel_id"], channel, channel_name)
    if config is None:
        raise AssertionError("a channel vanished within its transaction")
    return config
