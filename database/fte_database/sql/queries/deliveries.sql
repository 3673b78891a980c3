-- claim_delivery --
-- :channels are names of SupportChannels, :resendable kinds whose interrupted deliveries may simply be sent again.
-- The oldest sendable delivery, in conversation order: an earlier one that still may go out holds back
-- later ones. What the employee wrote goes out only while the employee handles the conversation; the share
-- lock makes a claim and a take-over see each other. held and unknown ones wait; a part that a template announced
-- waits for the customer; nobody is written to who does not want it.
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
      AND (delivery.placeholder_sent_at IS NULL OR conversation.reply_window_until > now())
      AND (message.author <> 'ai' OR conversation.handler = 'ai')
      AND NOT EXISTS (
          SELECT FROM customer_identifiers WHERE id = delivery.recipient_id AND opted_out_at IS NOT NULL
      )
      AND NOT EXISTS (
          SELECT FROM deliveries AS earlier
          JOIN messages AS earlier_message ON earlier_message.id = earlier.message_id
          WHERE earlier.conversation_id = delivery.conversation_id
            AND (earlier.ordinal, earlier.part) < (delivery.ordinal, delivery.part)
            AND (
                earlier.state IN ('sending', 'unknown')
                OR (earlier.state = 'pending' AND (earlier_message.author <> 'ai' OR conversation.handler = 'ai'))
            )
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
SET state = 'unknown', epoch = epoch + 1, lease_owner = :worker, lease_until = now() + :lease
WHERE id = (
    SELECT delivery.id
    FROM deliveries AS delivery
    JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
    JOIN channel_configs AS config ON config.id = conversation.channel_config_id
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

-- read_delivery --
-- $1 delivery. What its sender needs to know.
SELECT delivery.id, delivery.conversation_id, delivery.message_id, delivery.part, delivery.channel,
       config.address AS channel_name, message.author, delivery.recipient, delivery.target, delivery.body,
       delivery.epoch, delivery.first_sent_at, conversation.reply_window_until,
       coalesce(conversation.subject, '') AS subject, coalesce(sender.sender_name, '') AS customer_name
FROM deliveries AS delivery
JOIN messages AS message ON message.id = delivery.message_id
JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
JOIN channel_configs AS config ON config.id = conversation.channel_config_id
LEFT JOIN LATERAL (
    SELECT sender_name FROM messages
    WHERE conversation_id = conversation.id AND direction = 'inbound' AND sender_name IS NOT NULL
    ORDER BY seq DESC
    LIMIT 1
) AS sender ON true
WHERE delivery.id = $1;

-- accept_delivery --
-- $1 delivery, $2 epoch, $3 provider's id or NULL. The provider has it. Ranks: 0 waiting, 1 sending, 2 accepted,
-- 3 sent, 4 delivered, 5 read; a state that a callback already carried further stays, and so does an error it told.
UPDATE deliveries
SET state = CASE WHEN state_rank < 2 THEN 'accepted' ELSE state END,
    state_rank = greatest(state_rank, 2),
    provider_id = coalesce($3, provider_id),
    accepted_at = coalesce(accepted_at, now()),
    error_code = CASE WHEN error_class = 'reported' THEN error_code END,
    error = CASE WHEN error_class = 'reported' THEN error END,
    error_class = CASE WHEN error_class = 'reported' THEN error_class END,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = $1 AND epoch = $2 AND lease_owner IS NOT NULL
RETURNING id;

-- announce_delivery --
-- $1 delivery, $2 epoch, $3 provider's id of the template. The part itself waits until the customer writes.
UPDATE deliveries
SET state = 'pending',
    state_rank = 0,
    placeholder_sent_at = now(),
    previous_ids = previous_ids || ARRAY[$3::text],
    lease_owner = NULL,
    lease_until = NULL
WHERE id = $1 AND epoch = $2 AND lease_owner IS NOT NULL
RETURNING id;

-- retry_delivery --
-- :delay is how long the provider asks to wait, NULL where it does not. The wait doubles with every attempt,
-- from :first to :longest.
UPDATE deliveries
SET state = 'pending',
    state_rank = 0,
    next_attempt_at = now() + coalesce(:delay::interval, least(:first::interval * power(2, least(attempts, 16) - 1), :longest)),
    error_code = :code,
    error_class = 'transient',
    error = :error,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = :delivery AND epoch = :epoch AND lease_owner IS NOT NULL
RETURNING id;

-- fail_delivery --
-- Failed for good. Only a part that is claimed can.
UPDATE deliveries
SET state = 'failed',
    error_code = :code,
    error_class = 'permanent',
    error = :error,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = :delivery AND epoch = :epoch AND lease_owner IS NOT NULL
RETURNING id;

-- suspend_delivery --
-- Nobody knows whether the provider has it: looked up :margin after the lease, and not sent meanwhile.
UPDATE deliveries
SET state = 'unknown',
    next_attempt_at = greatest(lease_until, now()) + :margin,
    error_code = :code,
    error_class = 'unknown',
    error = :error,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = :delivery AND epoch = :epoch AND lease_owner IS NOT NULL
RETURNING id;

-- count_lookup --
-- $1 delivery, $2 epoch, $3 pause before the next look. How often the provider did not know it.
UPDATE deliveries
SET lookups = lookups + 1, next_attempt_at = now() + $3::interval, lease_owner = NULL, lease_until = NULL
WHERE id = $1 AND epoch = $2 AND state = 'unknown' AND lease_owner IS NOT NULL
RETURNING lookups;

-- resend_delivery --
-- $1 delivery. The provider never had it.
UPDATE deliveries SET state = 'pending', state_rank = 0, lookups = 0, next_attempt_at = now()
WHERE id = $1 AND state = 'unknown';

-- abandon_delivery --
-- $1 delivery, $2 code, $3 error. Nobody will know; it is not sent again.
UPDATE deliveries SET state = 'failed', error_code = $2, error_class = 'permanent', error = $3
WHERE id = $1 AND state = 'unknown';

-- reopen_delivery --
-- $1 delivery, $2 epoch or NULL for any. Free text is not taken any more: the next attempt sends a template.
UPDATE deliveries
SET state = 'pending',
    state_rank = 0,
    next_attempt_at = now(),
    previous_ids = CASE WHEN provider_id IS NULL THEN previous_ids ELSE previous_ids || ARRAY[provider_id] END,
    provider_id = NULL,
    accepted_at = NULL,
    placeholder_sent_at = NULL,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = $1 AND ($2::bigint IS NULL OR (epoch = $2 AND lease_owner IS NOT NULL))
RETURNING conversation_id;

-- close_reply_window --
-- $1 conversation. The provider's clock wins.
UPDATE conversations SET reply_window_until = now() WHERE id = $1;

-- cancel_parts --
-- $1 delivery. The other parts of its message that were not sent yet.
UPDATE deliveries SET state = 'cancelled', lease_owner = NULL, lease_until = NULL
WHERE message_id = (SELECT message_id FROM deliveries WHERE id = $1) AND id <> $1 AND state IN ('pending', 'held');

-- insert_delivery_event --
-- :raw is the report as it came. A report that came before changes nothing.
INSERT INTO delivery_events (channel, provider_id, status, error_code, raw)
VALUES (:channel, :provider_id, :status, :error_code, :raw)
ON CONFLICT DO NOTHING;

-- lock_reported --
-- $1 kind of channel, $2 provider's id. The delivery it stands for.
SELECT id FROM deliveries WHERE channel = $1 AND provider_id = $2 FOR UPDATE;

-- advance_delivery --
-- $1 delivery. Bring it to the furthest state that was reported of its id; a failure counts only before delivery.
-- The error that was told first stays.
WITH reported AS (
    SELECT event.status, event.error_code, event.raw,
           CASE event.status
               WHEN 'accepted' THEN 2 WHEN 'sent' THEN 3 WHEN 'delivered' THEN 4 WHEN 'read' THEN 5 ELSE 3
           END AS rank
    FROM deliveries AS delivery
    JOIN delivery_events AS event ON event.channel = delivery.channel AND event.provider_id = delivery.provider_id
    WHERE delivery.id = $1
),
furthest AS (SELECT * FROM reported WHERE status <> 'failed' ORDER BY rank DESC LIMIT 1),
failure AS (SELECT * FROM reported WHERE status = 'failed' ORDER BY error_code NULLS LAST LIMIT 1)
UPDATE deliveries AS delivery
SET state = CASE
        WHEN greatest(delivery.state_rank, coalesce(furthest.rank, 0)) < 4 AND failure.status IS NOT NULL THEN 'failed'
        WHEN coalesce(furthest.rank, 0) > delivery.state_rank THEN furthest.status
        ELSE delivery.state
    END,
    state_rank = greatest(delivery.state_rank, coalesce(furthest.rank, 0)),
    error_code = coalesce(CASE WHEN delivery.error_class = 'reported' THEN delivery.error_code END, failure.error_code),
    error_class = CASE WHEN failure.status IS NOT NULL THEN 'reported' ELSE delivery.error_class END,
    error = CASE WHEN failure.status IS NOT NULL THEN failure.raw ->> 'reported' ELSE delivery.error END,
    delivered_at = CASE
        WHEN coalesce(furthest.rank, 0) >= 4 THEN coalesce(delivery.delivered_at, now()) ELSE delivery.delivered_at
    END
FROM (SELECT) AS always
LEFT JOIN furthest ON true
LEFT JOIN failure ON true
WHERE delivery.id = $1
RETURNING delivery.state, delivery.conversation_id, delivery.error_code,
          coalesce((failure.raw ->> 'window_closed')::boolean, false) AS window_closed;

-- list_unknown_ids --
-- $1 provider's ids, $2 name of a SupportChannel. Those that no delivery of it has or had.
SELECT given.id
FROM unnest($1::text[]) AS given (id)
WHERE NOT EXISTS (
    SELECT FROM deliveries AS delivery
    JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
    JOIN channel_configs AS config ON config.id = conversation.channel_config_id
    WHERE config.address = $2
      AND (delivery.provider_id = given.id OR delivery.previous_ids @> ARRAY[given.id])
);

-- has_unconfirmed --
-- $1 name of a SupportChannel, $2 address. Whether a part to it is on its way or of unknown fate.
SELECT EXISTS (
    SELECT FROM deliveries AS delivery
    JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
    JOIN channel_configs AS config ON config.id = conversation.channel_config_id
    WHERE config.address = $1 AND delivery.recipient = $2 AND delivery.state IN ('sending', 'unknown')
);
