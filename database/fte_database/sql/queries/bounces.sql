-- find_named --
-- $1 id that the provider gave a message in place of ours. The part that it carries.
SELECT delivery_id FROM delivery_names WHERE name = $1 ORDER BY delivery_id LIMIT 1;

-- find_bounced --
-- $1 delivery, $2 kind of channel, $3 name of a SupportChannel. A part that was sent there, with its recipient's address
-- and identifier; copied: it repeats what goes another way, too.
SELECT message.conversation_id, delivery.recipient, delivery.channel_config_id IS NOT NULL AS copied,
       identifier.kind, identifier.value_norm
FROM deliveries AS delivery
JOIN messages AS message ON message.id = delivery.message_id
JOIN conversations AS conversation ON conversation.id = message.conversation_id
JOIN channel_configs AS config ON config.id = coalesce(delivery.channel_config_id, conversation.channel_config_id)
LEFT JOIN customer_identifiers AS identifier ON identifier.id = delivery.recipient_id
WHERE delivery.id = $1 AND config.channel = $2 AND config.address = $3 AND delivery.first_sent_at IS NOT NULL;

-- fail_bounced --
-- :code and :error as reported, NULL for none. It did not arrive, whatever its sender knows of it yet: whoever holds its
-- claim loses it. No row when that is known, or when it was reported to have arrived.
UPDATE deliveries
SET state = 'failed',
    error_code = :code,
    error_class = 'reported',
    error = :error,
    epoch = epoch + 1,
    unconfirmed_since = NULL,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = :delivery AND first_sent_at IS NOT NULL AND state_rank < 4
  AND state IN ('pending', 'sending', 'unknown', 'accepted', 'sent')
RETURNING id;

-- mark_undeliverable --
-- $1 delivery that failed for good at its recipient's own address. Nothing more is sent there, unless they have written
-- since by the same kind of channel: a report says nothing of later.
UPDATE customer_identifiers AS identifier SET undeliverable_at = coalesce(undeliverable_at, now())
FROM deliveries AS delivery
WHERE delivery.id = $1 AND identifier.id = delivery.recipient_id
  AND NOT EXISTS (
      SELECT FROM conversations AS conversation
      JOIN messages AS message ON message.conversation_id = conversation.id
      WHERE (conversation.customer_id = identifier.customer_id OR conversation.id = delivery.conversation_id)
        AND message.direction = 'inbound' AND message.sender_identifier_id = identifier.id
        AND message.channel = delivery.channel AND message.occurred_at > delivery.first_sent_at
  );

-- note_bounced --
-- $1 conversation, $2 a sentence. Whoever has it already must know before they write.
UPDATE escalations SET summary = summary || ' ' || $2
WHERE conversation_id = $1 AND NOT advisory AND status IN ('open', 'claimed');

-- clear_undeliverable --
-- $1 kind, $2 normalised value. A message came from there.
UPDATE customer_identifiers SET undeliverable_at = NULL
WHERE kind = $1 AND value_norm = $2 AND undeliverable_at IS NOT NULL;

-- find_undeliverable --
-- $1 names of SupportChannels, $2 kinds whose messages come back. A part that is due there, to somebody whom no message
-- reaches: no claim takes it.
SELECT delivery.id, delivery.conversation_id
FROM deliveries AS delivery
JOIN customer_identifiers AS identifier ON identifier.id = delivery.recipient_id
JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
JOIN channel_configs AS config ON config.id = conversation.channel_config_id
WHERE delivery.state = 'pending' AND delivery.next_attempt_at <= now()
  AND config.address = ANY ($1::text[]) AND delivery.channel = ANY ($2::text[])
  AND identifier.undeliverable_at IS NOT NULL AND identifier.opted_out_at IS NULL
  AND identifier.value_norm = lower(delivery.recipient COLLATE "C")
LIMIT 1;

-- fail_undeliverable --
-- $1 delivery, $2 code, $3 error. No row when it is under way, or its recipient has written meanwhile.
UPDATE deliveries AS delivery SET state = 'failed', error_code = $2, error_class = 'permanent', error = $3
WHERE delivery.id = $1 AND delivery.state = 'pending'
  AND EXISTS (
      SELECT FROM customer_identifiers WHERE id = delivery.recipient_id AND undeliverable_at IS NOT NULL
  )
RETURNING id;
