-- insert_delivery_event --
-- :raw is the report as it came. A report that came before changes nothing.
INSERT INTO delivery_events (channel, provider_id, status, error_code, raw)
VALUES (:channel, :provider_id, :status, :error_code, :raw)
ON CONFLICT DO NOTHING;

-- find_reported --
-- $1 kind of channel, $2 provider's id. The delivery it stands for, or whose template it is.
SELECT delivery.id, message.conversation_id, delivery.provider_id IS NOT DISTINCT FROM $2 AS sent
FROM deliveries AS delivery
JOIN messages AS message ON message.id = delivery.message_id
WHERE delivery.channel = $1 AND (delivery.provider_id = $2 OR delivery.placeholder_id = $2);

-- lock_reported --
-- $1 delivery, $2 provider's id. Whether it still stands for it; locked.
SELECT true FROM deliveries WHERE id = $1 AND provider_id = $2 FOR UPDATE;

-- fail_announced --
-- $1 delivery. Its template was reported as failed: nobody was invited to write. No row unless it still waits.
UPDATE deliveries AS delivery
SET state = 'failed', error_code = event.error_code, error_class = 'reported', error = event.raw ->> 'reported'
FROM delivery_events AS event
WHERE delivery.id = $1 AND delivery.state = 'pending' AND delivery.placeholder_sent_at IS NOT NULL
  AND event.channel = delivery.channel AND event.provider_id = delivery.placeholder_id AND event.status = 'failed'
RETURNING delivery.conversation_id, delivery.error_code;

-- advance_delivery --
-- $1 delivery, locked. Bring it to the furthest state that was reported of its id; a failure counts only before
-- delivery. Ranks as in `accept_delivery`. The error that was told first stays, but one with a code says more.
WITH reported AS (
    SELECT event.id, event.status, event.error_code, event.raw,
           CASE event.status WHEN 'accepted' THEN 2 WHEN 'sent' THEN 3 WHEN 'delivered' THEN 4 WHEN 'read' THEN 5 END
               AS rank
    FROM deliveries AS delivery
    JOIN delivery_events AS event ON event.channel = delivery.channel AND event.provider_id = delivery.provider_id
    WHERE delivery.id = $1
),
furthest AS (SELECT status, rank FROM reported WHERE status <> 'failed' ORDER BY rank DESC NULLS LAST LIMIT 1),
failure AS (SELECT error_code, raw FROM reported WHERE status = 'failed' ORDER BY error_code IS NULL, id LIMIT 1)
UPDATE deliveries AS delivery
SET state = CASE
        WHEN greatest(delivery.state_rank, furthest.rank) < 4 AND failure.raw IS NOT NULL THEN 'failed'
        WHEN furthest.rank > delivery.state_rank THEN furthest.status
        ELSE delivery.state
    END,
    state_rank = greatest(delivery.state_rank, furthest.rank),
    error_code = coalesce(failure.error_code, delivery.error_code),
    error_class = CASE WHEN failure.raw IS NULL THEN delivery.error_class ELSE 'reported' END,
    error = coalesce(failure.raw ->> 'reported', delivery.error),
    delivered_at = CASE
        WHEN furthest.rank >= 4 THEN coalesce(delivery.delivered_at, now()) ELSE delivery.delivered_at
    END
FROM (SELECT state FROM deliveries WHERE id = $1) AS earlier
LEFT JOIN furthest ON true
LEFT JOIN failure ON true
WHERE delivery.id = $1
RETURNING delivery.state = 'failed' AND earlier.state <> 'failed' AS failed, delivery.conversation_id,
          delivery.error_code, coalesce((failure.raw ->> 'window_closed')::boolean, false) AS window_closed;

-- list_unknown_ids --
-- $1 provider's ids, $2 name of a SupportChannel. Those that no delivery of its kind has or had, erased ones included.
SELECT given.id
FROM unnest($1::text[]) AS given (id)
WHERE NOT EXISTS (
    SELECT FROM deliveries JOIN channel_configs AS config ON config.channel = deliveries.channel
    WHERE config.address = $2 AND (
        deliveries.provider_id IN (given.id, erased_key(given.id))
        OR deliveries.placeholder_id IN (given.id, erased_key(given.id))
    )
)
  AND NOT EXISTS (SELECT FROM deliveries WHERE previous_ids && ARRAY[given.id, erased_key(given.id)]);

-- has_unconfirmed --
-- $1 name of a SupportChannel, $2 address. Whether a part to it is on its way or of unknown fate.
SELECT EXISTS (
    SELECT FROM deliveries AS delivery
    JOIN messages AS message ON message.id = delivery.message_id
    JOIN conversations AS conversation ON conversation.id = message.conversation_id
    JOIN channel_configs AS config ON config.id = coalesce(delivery.channel_config_id, conversation.channel_config_id)
    WHERE config.address = $1 AND delivery.recipient = $2 AND delivery.state IN ('sending', 'unknown')
);
