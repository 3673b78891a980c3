-- claim_delivery --
-- :channels are names of SupportChannels, :resendable kinds whose interrupted deliveries may simply be sent again,
-- :bouncing kinds whose messages come back where nobody is reached.
-- The oldest sendable delivery, in conversation order: an earlier one that still may go out holds back
-- later ones, and one whose fate is open or that waits for the customer holds back all: a second template would say
-- what the first has said. What the employee wrote goes out only while the employee handles the conversation; the share
-- lock makes a claim and a take-over see each other. held and unknown ones wait; a part that a template announced
-- waits for the customer; nobody is written to who does not want it, or whom nothing reaches.
UPDATE deliveries
SET state = 'sending',
    state_rank = 1,
    epoch = epoch + 1,
    attempts = attempts + 1,
    lease_owner = :worker,
    lease_until = now() + :lease,
    first_sent_at = coalesce(first_sent_at, now())
WHERE id = (
    SELECT delivery.id
    FROM deliveries AS delivery
    JOIN messages AS message ON message.id = delivery.message_id
    JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
    JOIN channel_configs AS config ON config.id = conversation.channel_config_id
    WHERE delivery.next_attempt_at <= now()
      AND config.address = ANY (:channels::text[])
      AND (
          delivery.state = 'pending'
          OR (
              delivery.state = 'sending' AND delivery.lease_until < now()
              AND delivery.channel = ANY (:resendable::text[])
          )
      )
      AND delivery.placeholder_sent_at IS NULL
      AND (message.author <> 'ai' OR conversation.handler = 'ai')
      AND NOT EXISTS (
          SELECT FROM customer_identifiers WHERE id = delivery.recipient_id AND opted_out_at IS NOT NULL
      )
      AND NOT EXISTS (
          SELECT FROM customer_identifiers
          WHERE id = delivery.recipient_id AND undeliverable_at IS NOT NULL
            AND value_norm = lower(delivery.recipient COLLATE "C") AND delivery.channel = ANY (:bouncing::text[])
      )
      AND NOT EXISTS (
          SELECT FROM deliveries AS other
          JOIN messages AS other_message ON other_message.id = other.message_id
          CROSS JOIN LATERAL (
              SELECT (other.ordinal, other.part) < (delivery.ordinal, delivery.part) AS earlier
          ) AS place
          WHERE other.conversation_id = delivery.conversation_id AND other.id <> delivery.id
            AND CASE other.state
                WHEN 'sending' THEN place.earlier OR other.channel <> ALL (:resendable::text[])
                WHEN 'unknown' THEN true
                WHEN 'pending' THEN
                    other.placeholder_sent_at IS NOT NULL
                    OR (place.earlier AND (other_message.author <> 'ai' OR conversation.handler = 'ai'))
                ELSE false
            END
      )
    ORDER BY delivery.next_attempt_at, delivery.ordinal, delivery.part
    LIMIT 1
    FOR UPDATE OF delivery SKIP LOCKED
    FOR SHARE OF conversation SKIP LOCKED
)
RETURNING id;

-- claim_unconfirmed --
-- :channels as above, :margin how long after its lease a part that was being sent may still arrive. A part of which
-- nobody knows whether the provider has it, leased to be looked up there.
UPDATE deliveries
SET state = 'unknown',
    unconfirmed_since = CASE state WHEN 'unknown' THEN unconfirmed_since ELSE now() END,
    epoch = epoch + 1,
    lease_owner = :worker,
    lease_until = now() + :lease
WHERE id = (
    SELECT delivery.id
    FROM deliveries AS delivery
    JOIN messages AS message ON message.id = delivery.message_id
    JOIN conversations AS conversation ON conversation.id = message.conversation_id
    JOIN channel_configs AS config ON config.id = coalesce(delivery.channel_config_id, conversation.channel_config_id)
    WHERE config.address = ANY (:channels::text[])
      AND delivery.channel <> ALL (:resendable::text[])
      AND (
          (delivery.state = 'sending' AND delivery.lease_until + :margin < now())
          OR (
              delivery.state = 'unknown' AND delivery.next_attempt_at <= now()
              AND (delivery.lease_until IS NULL OR delivery.lease_until < now())
          )
      )
    ORDER BY delivery.first_sent_at
    LIMIT 1
    FOR UPDATE OF delivery SKIP LOCKED
)
RETURNING id;

-- claim_stranded --
-- :channels as above. A part that has waited longer than :age for somebody who sends for its channel.
UPDATE deliveries
SET epoch = epoch + 1,
    unconfirmed_since = CASE state WHEN 'sending' THEN coalesce(unconfirmed_since, lease_until) ELSE unconfirmed_since END,
    lease_owner = :worker,
    lease_until = now() + :lease
WHERE id = (
    SELECT delivery.id
    FROM deliveries AS delivery
    JOIN messages AS message ON message.id = delivery.message_id
    JOIN conversations AS conversation ON conversation.id = message.conversation_id
    JOIN channel_configs AS config ON config.id = coalesce(delivery.channel_config_id, conversation.channel_config_id)
    WHERE config.address <> ALL (:channels::text[])
      AND delivery.state IN ('pending', 'sending', 'unknown')
      AND (delivery.lease_until IS NULL OR delivery.lease_until < now())
      AND message.created_at < now() - :age::interval
    ORDER BY message.created_at, delivery.part
    LIMIT 1
    FOR UPDATE OF delivery SKIP LOCKED
)
RETURNING id;

-- read_delivery --
-- $1 delivery. What its sender needs to know. The window is the conversation's, so a copy has none, and a copy goes to nobody by name: who typed the address typed the name.
SELECT delivery.id, message.conversation_id, delivery.message_id, delivery.part, delivery.channel,
       config.address AS channel_name, message.author, delivery.recipient, delivery.target, delivery.body,
       delivery.epoch, delivery.first_sent_at,
       CASE WHEN delivery.channel_config_id IS NULL THEN conversation.reply_window_until END AS reply_window_until,
       coalesce(conversation.subject, '') AS subject,
       CASE WHEN delivery.channel_config_id IS NULL THEN coalesce(sender.sender_name, '') ELSE '' END AS customer_name,
       delivery.channel_config_id IS NOT NULL AS copied
FROM deliveries AS delivery
JOIN messages AS message ON message.id = delivery.message_id
JOIN conversations AS conversation ON conversation.id = message.conversation_id
JOIN channel_configs AS config ON config.id = coalesce(delivery.channel_config_id, conversation.channel_config_id)
LEFT JOIN LATERAL (
    SELECT sender_name FROM messages
    WHERE conversation_id = conversation.id AND direction = 'inbound' AND sender_name IS NOT NULL
    ORDER BY seq DESC
    LIMIT 1
) AS sender ON true
WHERE delivery.id = $1;
