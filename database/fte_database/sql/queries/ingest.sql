-- insert_event --
-- $1 source, $2 dedupe key, $3 payload. A row comes back for a new event, and for one that was buried
-- and is now played again; none for a duplicate. A concurrent twin waits here for its sibling's end.
INSERT INTO inbound_events AS event (source, dedupe_key, payload)
VALUES ($1, $2, $3)
ON CONFLICT (source, dedupe_key) DO UPDATE
    SET status = 'received', reason = NULL, payload = EXCLUDED.payload
    WHERE event.status = 'dead'
RETURNING id;

-- find_event --
-- $1 source, $2 dedupe key. What a processed event became.
SELECT message.conversation_id, event.ticket_id, message.seq
FROM inbound_events AS event
JOIN messages AS message ON message.id = event.message_id
WHERE event.source = $1 AND event.dedupe_key = $2;

-- finish_event --
-- $1 event, $2 its message, $3 its ticket.
UPDATE inbound_events
SET status = 'processed', message_id = $2, ticket_id = $3, processed_at = now(), attempts = attempts + 1
WHERE id = $1;

-- bury_event --
-- $1 source, $2 dedupe key, $3 reason. A processed event stays processed.
INSERT INTO inbound_events AS event (source, dedupe_key, payload, status, reason, attempts)
VALUES ($1, $2, '{}', 'dead', $3, 1)
ON CONFLICT (source, dedupe_key) DO UPDATE
    SET status = 'dead', reason = EXCLUDED.reason, attempts = event.attempts + 1
    WHERE event.status <> 'processed';

-- find_channel --
-- $1 channel, $2 address, $3 its limit in characters. No row when it is new or its limit changed.
SELECT id FROM channel_configs WHERE channel = $1 AND address = $2 AND max_chars = $3;

-- upsert_channel --
-- $1 channel, $2 address, $3 its limit in characters.
INSERT INTO channel_configs (channel, address, max_chars)
VALUES ($1, $2, $3)
ON CONFLICT (channel, address) DO UPDATE SET max_chars = EXCLUDED.max_chars
RETURNING id;

-- lock_identifier --
-- $1 kind, $2 normalised value. First lock of ingest: two messages of one sender take turns.
SELECT pg_advisory_xact_lock(hashtextextended('identifier:' || $1::text || ':' || $2::text, 0));

-- lock_thread --
-- $1 channel config, $2 thread key. Second lock of ingest: one conversation per thread.
SELECT pg_advisory_xact_lock(hashtextextended('thread:' || $1::uuid || ':' || $2::text, 0));

-- find_identifier --
-- $1 kind, $2 normalised value.
SELECT id, customer_id, verified_at IS NOT NULL AS verified
FROM customer_identifiers
WHERE kind = $1 AND value_norm = $2;

-- insert_customer --
-- $1 display name or NULL.
INSERT INTO customers (display_name) VALUES ($1) RETURNING id;

-- insert_identifier --
-- $1 customer, $2 kind, $3 normalised value, $4 as received, $5 channel.
INSERT INTO customer_identifiers (customer_id, kind, value_norm, value_raw, first_channel)
VALUES ($1, $2, $3, $4, $5)
RETURNING id;

-- verify_identifier --
-- $1 identifier, $2 channel that proved it. A proof once given stays.
UPDATE customer_identifiers SET verified_at = now(), verified_by = $2
WHERE id = $1 AND verified_at IS NULL;

-- set_verified_email --
-- $1 customer, $2 normalised address. Only for a customer without one, and never taken from another.
UPDATE customers SET email = $2
WHERE id = $1 AND email IS NULL AND NOT EXISTS (SELECT FROM customers WHERE email = $2);

-- lock_conversation --
-- $1 channel config, $2 thread key. The thread's live conversation; third lock of ingest.
SELECT id FROM conversations
WHERE channel_config_id = $1 AND thread_key = $2 AND status NOT IN ('resolved', 'closed')
FOR UPDATE;

-- insert_conversation --
-- $1 customer, $2 channel config, $3 channel, $4 thread key, $5 subject. The thread's next generation.
INSERT INTO conversations (customer_id, channel_config_id, channel, thread_key, subject, generation)
VALUES ($1, $2, $3, $4, $5, (
    SELECT coalesce(max(generation), 0) + 1 FROM conversations WHERE channel_config_id = $2 AND thread_key = $4
))
RETURNING id;

-- append_inbound --
-- $1 conversation, $2 quiet time, $3 longest wait of a burst. The message's seq. The turn is due when the
-- burst was quiet for $2, at the latest $3 after its first message, and never before a back-off in force.
UPDATE conversations
SET last_seq = last_seq + 1,
    last_inbound_seq = last_seq + 1,
    last_inbound_at = now(),
    unanswered_since = coalesce(unanswered_since, now()),
    due_at = greatest(due_at, least(now() + $2, greatest(coalesce(unanswered_since, now()) + $3, now()))),
    status = CASE status WHEN 'waiting_customer' THEN 'open' ELSE status END
WHERE id = $1
RETURNING last_seq;

-- append_automated --
-- $1 conversation. The seq of a message that is stored and never answered.
UPDATE conversations SET last_seq = last_seq + 1, last_inbound_at = now() WHERE id = $1 RETURNING last_seq;

-- insert_inbound --
-- $1 conversation, $2 seq, $3 channel, $4 sender's identifier, $5 sender's name, $6 proven by the channel,
-- $7 body, $8 automated, $9 metadata, $10 when it was written.
INSERT INTO messages (
    conversation_id, seq, channel, direction, author, sender_identifier_id, sender_name, sender_verified,
    body, automated, metadata, occurred_at
)
VALUES ($1, $2, $3, 'inbound', 'customer', $4, $5, $6, $7, $8, $9, $10)
RETURNING id;

-- reopen_ticket --
-- $1 conversation. Its open ticket; one that waited for the customer is open again.
UPDATE tickets
SET status = CASE status WHEN 'waiting' THEN 'open' ELSE status END
WHERE conversation_id = $1 AND status NOT IN ('resolved', 'closed')
RETURNING id;

-- insert_ticket --
-- $1 id promised by the intake or NULL, $2 customer, $3 conversation, $4 channel, $5 category, $6 priority,
-- $7 SHA-256 of the status token or NULL.
INSERT INTO tickets (id, customer_id, conversation_id, source_channel, category, priority, status_token_sha256)
VALUES (coalesce($1, gen_random_uuid()), $2, $3, $4, $5, $6, $7)
RETURNING id;
