-- reply_to_copy --
-- $1 message, of which one delivery at least is its own. Its text, to whom it goes, and what speaks against a copy: that
-- they asked for silence, that none reaches them, or that a program filled in the form (`filled_in` of a message's
-- metadata).
SELECT message.body, conversation.channel, ticket.number, original.ordinal, original.recipient, original.recipient_id,
       identifier.kind, coalesce(asked.sender_verified, false) AS verified,
       identifier.opted_out_at IS NULL AND identifier.undeliverable_at IS NULL AND NOT EXISTS (
           SELECT FROM messages
           WHERE conversation_id = conversation.id AND direction = 'inbound'
             AND metadata ->> 'filled_in' = 'hidden_field'
       ) AS wanted
FROM deliveries AS original
JOIN messages AS message ON message.id = original.message_id
JOIN conversations AS conversation ON conversation.id = original.conversation_id
JOIN customer_identifiers AS identifier ON identifier.id = original.recipient_id
JOIN LATERAL (
    SELECT number FROM tickets
    WHERE conversation_id = conversation.id
    ORDER BY status IN ('resolved', 'closed'), number DESC
    LIMIT 1
) AS ticket ON true
LEFT JOIN LATERAL (
    SELECT sender_verified FROM messages
    WHERE conversation_id = conversation.id AND sender_identifier_id = identifier.id AND seq < message.seq
    ORDER BY seq DESC
    LIMIT 1
) AS asked ON true
WHERE original.message_id = $1 AND original.part = 1;

-- lock_copies --
-- $1 mailbox. The last lock of a commit: copies to one mailbox are queued one after the other, so each sees the others.
SELECT pg_advisory_xact_lock(hashtextextended('copies:' || $1::text, 0));

-- has_room_for_copy --
-- $1 mailbox, $2 how many replies are copied to it in an hour, $3 channel that carries them, $4 how many it carries a day.
-- The clock is read once: an index is searched by no value that may change from row to row.
SELECT (
    SELECT count(DISTINCT message_id) FROM deliveries
    WHERE channel_config_id IS NOT NULL AND mailbox = $1 AND copied_at > (SELECT clock_timestamp() - interval '1 hour')
) < $2::int AND (
    SELECT count(*) FROM deliveries
    WHERE channel_config_id = $3 AND copied_at > (SELECT clock_timestamp() - interval '1 day')
) < $4::int;

-- insert_copy --
-- One part; :carrier is the SupportChannel that carries it, :channel its kind.
INSERT INTO deliveries (
    channel_config_id, message_id, ordinal, part, channel, body, recipient, recipient_id, target, mailbox, unverified, copied_at
)
VALUES (
    :carrier, :message, :ordinal, :part, :channel, :body, :recipient, :recipient_id, :target, :mailbox, :unverified,
    clock_timestamp()
);

-- claim_copy --
-- :channels, :resendable and :bouncing as in `claim_delivery`. The copy that has been due longest, once its reply is out on the
-- conversation's own channel, and after earlier copies of the conversation on this one. What the employee wrote goes out
-- only while the employee handles the conversation. None is sent that is older than :longest. A code, part 0, waits for
-- no copy and holds none back; it is sent while the claim of its id is open.
UPDATE deliveries
SET state = 'sending',
    state_rank = 1,
    epoch = epoch + 1,
    attempts = attempts + 1,
    lease_owner = :worker,
    lease_until = now() + :lease,
    first_sent_at = coalesce(first_sent_at, now())
WHERE id = (
    SELECT copy.id
    FROM deliveries AS copy
    JOIN messages AS message ON message.id = copy.message_id
    JOIN conversations AS conversation ON conversation.id = message.conversation_id
    JOIN channel_configs AS config ON config.id = copy.channel_config_id
    WHERE copy.next_attempt_at <= now()
      AND config.address = ANY (:channels::text[])
      AND (
          copy.state = 'pending'
          OR (copy.state = 'sending' AND copy.lease_until < now() AND copy.channel = ANY (:resendable::text[]))
      )
      AND copy.copied_at > now() - :longest::interval
      AND (message.author <> 'ai' OR conversation.handler = 'ai')
      AND NOT EXISTS (
          SELECT FROM customer_identifiers
          WHERE id = copy.recipient_id
            AND (opted_out_at IS NOT NULL OR (undeliverable_at IS NOT NULL AND copy.channel = ANY (:bouncing::text[])))
      )
      AND NOT EXISTS (
          SELECT FROM deliveries AS original
          WHERE original.message_id = copy.message_id AND original.channel_config_id IS NULL
            AND original.state NOT IN ('accepted', 'sent', 'delivered', 'read')
      )
      AND (copy.part = 0 OR NOT EXISTS (
          SELECT FROM deliveries AS other
          JOIN messages AS earlier ON earlier.id = other.message_id
          WHERE earlier.conversation_id = conversation.id AND other.channel_config_id = copy.channel_config_id
            AND (other.ordinal, other.part) < (copy.ordinal, copy.part) AND other.part > 0
            AND other.state IN ('pending', 'sending', 'unknown')
      ))
      AND (copy.part > 0 OR EXISTS (
          SELECT FROM identifier_claims WHERE id = copy.id AND state = 'sent' AND expires_at > now()
      ))
    ORDER BY copy.next_attempt_at, copy.ordinal, copy.part
    LIMIT 1
    FOR UPDATE OF copy SKIP LOCKED
    FOR SHARE OF conversation SKIP LOCKED
)
RETURNING id;

-- is_copy --
-- $1 delivery. Whether it repeats what goes another way, too.
SELECT channel_config_id IS NOT NULL FROM deliveries WHERE id = $1;

-- expire_copies --
-- $1 age beyond which a copy that was not sent is no help any more.
UPDATE deliveries SET state = 'expired', lease_owner = NULL, lease_until = NULL
WHERE channel_config_id IS NOT NULL AND state = 'pending' AND copied_at < now() - $1::interval;
