-- automatic_replies --
-- :kind and :value are a sender's identifier, :channel a kind of channel, :period how far to look back, :most how many are
-- read, :chars how much of each. Replies that nobody judged, to that mailbox, newest first: each with the newest messages
-- of theirs that it answered, and whether it has left and not come back, as far as we know. What came back was sent all the
-- same. Copies of what was said elsewhere are none:
-- whoever types an address into a form would use up what its owner is answered.
WITH mailbox AS (
    SELECT id FROM customer_identifiers
    WHERE kind = :kind
      AND regexp_replace(value_norm, '\+[^@]*@', '@') = regexp_replace(:value, '\+[^@]*@', '@')
),
reply AS (
    SELECT message.id, message.body, message.run_id, message.conversation_id, message.created_at,
           bool_or(delivery.state NOT IN ('pending', 'held', 'failed')) AS left_us
    FROM deliveries AS delivery
    JOIN messages AS message ON message.id = delivery.message_id
    WHERE delivery.recipient_id IN (SELECT id FROM mailbox)
      AND delivery.due_since > now() - :period::interval AND message.created_at > now() - :period
      AND delivery.channel = :channel AND delivery.channel_config_id IS NULL
      AND delivery.state NOT IN ('cancelled', 'expired')
      AND (delivery.state <> 'failed' OR delivery.error_class = 'reported')
      AND message.author IN ('ai', 'system')
    GROUP BY message.id
    ORDER BY message.created_at DESC
    LIMIT :most
)
SELECT left(reply.body, :chars::int) AS body, reply.left_us, coalesce(answered.bodies, '{}') AS answered
FROM reply
LEFT JOIN LATERAL (
    SELECT array_agg(said.body) AS bodies
    FROM (
        SELECT left(inbound.body, :chars) AS body
        FROM agent_runs AS run
        JOIN messages AS inbound
            ON inbound.conversation_id = run.conversation_id AND inbound.seq BETWEEN run.from_seq AND run.to_seq
        WHERE run.id = reply.run_id AND inbound.direction = 'inbound' AND NOT inbound.automated
          AND inbound.sender_identifier_id IN (SELECT id FROM mailbox)
        ORDER BY inbound.seq DESC
        LIMIT 5
    ) AS said
) AS answered ON true
ORDER BY reply.created_at DESC;

-- count_waiting --
-- :kind and :value as above, :channel the kind of channel. Other conversations than :conversation in which that sender
-- waits for a reply of the employee's: each will get one.
SELECT count(*)
FROM conversations AS conversation
WHERE conversation.id <> :conversation AND conversation.channel = :channel
  AND conversation.handler = 'ai' AND conversation.last_inbound_seq > conversation.answered_through_seq
  AND conversation.customer_id IN (
      SELECT customer_id FROM customer_identifiers
      WHERE kind = :kind
        AND regexp_replace(value_norm, '\+[^@]*@', '@') = regexp_replace(:value, '\+[^@]*@', '@')
  );
