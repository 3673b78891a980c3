-- insert_event --
-- $1 source, $2 dedupe key, $3 payload. An id for a new event, and for a dead letter that is played again; NULL for one
-- that came before, also where it is erased. A concurrent twin waits here for its sibling's end.
SELECT take_event($1, $2, $3);

-- find_event --
-- $1 source, $2 dedupe key. What a processed event became.
SELECT message.conversation_id, event.ticket_id, message.seq
FROM inbound_events AS event
JOIN messages AS message ON message.id = event.message_id
WHERE event.source = $1 AND event.dedupe_key IN ($2, erased_key($2));

-- finish_event --
-- $1 event, $2 its message, $3 its ticket.
UPDATE inbound_events
SET status = 'processed', message_id = $2, ticket_id = $3, processed_at = now(), attempts = attempts + 1
WHERE id = $1;

-- dead_letter_event --
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
-- $1 kind, $2 normalised value. verified: by a message that a channel proved. A code says whose the address is, and nothing
-- of whether what is sent from there can be proven.
SELECT id, customer_id, verified_at IS NOT NULL AND verified_by IS DISTINCT FROM 'code' AS verified
FROM customer_identifiers
WHERE kind = $1 AND value_norm = $2;

-- insert_customer --
-- $1 display name or NULL.
INSERT INTO customers (display_name) VALUES ($1) RETURNING id;

-- insert_identifier --
-- :value as received, :normalised as compared.
INSERT INTO customer_identifiers (customer_id, kind, value_norm, value_raw, first_channel)
VALUES (:customer, :kind, :normalised, :value, :channel)
RETURNING id;

-- verify_identifier --
-- $1 identifier, $2 channel that proved it, or `code`. A proof once given stays, but for a code's: a message proves more.
UPDATE customer_identifiers SET verified_at = coalesce(verified_at, now()), verified_by = $2
WHERE id = $1 AND (verified_at IS NULL OR (verified_by = 'code' AND $2 <> 'code'));

-- set_verified_email --
-- $1 customer, $2 normalised address. Only for a customer without one, and never taken from another.
UPDATE customers SET email = $2
WHERE id = $1 AND email IS NULL AND NOT EXISTS (SELECT FROM customers WHERE email = $2);

-- lock_conversation --
-- $1 channel config, $2 thread key, $3 whether a finished one lives again. The thread's newest conversation; third lock
-- of ingest.
SELECT id FROM conversations
WHERE channel_config_id = $1 AND thread_key = $2 AND ($3 OR status NOT IN ('resolved', 'closed'))
ORDER BY generation DESC
LIMIT 1
FOR UPDATE;

-- insert_conversation --
-- The thread's next generation.
INSERT INTO conversations (customer_id, channel_config_id, channel, thread_key, subject, generation)
VALUES (:customer, :channel_config, :channel, :thread, :subject, (
    SELECT coalesce(max(generation), 0) + 1 FROM conversations
    WHERE channel_config_id = :channel_config AND thread_key = :thread
))
RETURNING id;

-- append_inbound --
-- The message's seq. The turn is due when the burst was quiet for :quiet, at the latest :longest after its first
-- message, and never before a back-off in force. :reply_window is how long free text may be sent from :occurred_at
-- on, NULL for ever.
UPDATE conversations
SET last_seq = last_seq + 1,
    last_inbound_seq = last_seq + 1,
    last_inbound_at = now(),
    unanswered_since = coalesce(unanswered_since, now()),
    due_at = greatest(
        due_at, least(now() + :quiet, greatest(coalesce(unanswered_since, now()) + :longest, now()))
    ),
    reply_window_until = greatest(reply_window_until, :occurred_at::timestamptz + :reply_window::interval),
    status = CASE WHEN status IN ('waiting_customer', 'resolved', 'closed') THEN 'open' ELSE status END,
    resolved_at = NULL
WHERE id = :conversation
RETURNING last_seq;

-- release_waiting --
-- $1 conversation, $2 when the customer wrote. What a template announced before that may go out, as another template
-- where the message came in so late that free text may not be sent any more.
UPDATE deliveries SET next_attempt_at = now(), due_since = now(), placeholder_sent_at = NULL
WHERE conversation_id = $1 AND state = 'pending' AND placeholder_sent_at IS NOT NULL
  AND (
      placeholder_sent_at <= $2
      OR EXISTS (SELECT FROM conversations WHERE id = $1 AND reply_window_until > now())
  );

-- find_untold --
-- $1 conversation, or NULL for any. One that a person has, with a message they did not answer and no escalation that
-- tells them: one who answered by other means closed none, and an advisory is no person's.
SELECT conversation.id
FROM conversations AS conversation
WHERE ($1::uuid IS NULL OR conversation.id = $1)
  AND conversation.handler = 'human' AND conversation.last_inbound_seq > conversation.answered_through_seq
  AND NOT EXISTS (
      SELECT FROM escalations
      WHERE conversation_id = conversation.id AND NOT advisory
        AND (status = 'open' OR (status = 'claimed' AND assignee IS DISTINCT FROM 'outside'))
  )
LIMIT 1;

-- retire_outside --
-- $1 conversation. Who answered by other means is done with what was asked until then.
UPDATE escalations SET status = 'resolved', resolved_at = now()
WHERE conversation_id = $1 AND status = 'claimed' AND assignee = 'outside';

-- note_preference --
-- $1 identifier, $2 when the customer said it, $3 whether it wins over another word of that time. No row when they
-- said something else since.
UPDATE customer_identifiers SET preference_at = $2
WHERE id = $1 AND (preference_at IS NULL OR preference_at < $2 OR ($3 AND preference_at = $2))
RETURNING id;

-- opt_out --
-- $1 identifier. The customer does not want to be written to there.
UPDATE customer_identifiers SET opted_out_at = coalesce(opted_out_at, now()) WHERE id = $1;

-- opt_in --
-- $1 identifier. They do again; no row when they never did not.
UPDATE customer_identifiers SET opted_out_at = NULL WHERE id = $1 AND opted_out_at IS NOT NULL RETURNING id;

-- cancel_for_recipient --
-- $1 identifier. What was not sent yet is not sent any more.
UPDATE deliveries SET state = 'cancelled', lease_owner = NULL, lease_until = NULL
WHERE recipient_id = $1 AND state IN ('pending', 'held');

-- drop_burst --
-- $1 conversation, $2 when its customer asked for silence. Nobody answers what was open then; a turn that runs on it is
-- superseded. Who wrote at that time or since is not dropped: the next turn, which knows of their wish, has it all.
UPDATE conversations AS conversation
SET answered_through_seq = CASE WHEN burst.goes_on THEN answered_through_seq ELSE last_inbound_seq END,
    due_at = CASE WHEN burst.goes_on THEN due_at END,
    unanswered_since = CASE WHEN burst.goes_on THEN unanswered_since END,
    epoch = epoch + 1, attempts = 0, superseded = 0, lease_owner = NULL, lease_until = NULL
FROM (
    SELECT EXISTS (
        SELECT FROM messages AS message
        JOIN conversations AS own ON own.id = message.conversation_id
        WHERE own.id = $1 AND message.direction = 'inbound' AND NOT message.automated
          AND message.seq > own.answered_through_seq AND message.occurred_at >= $2
    ) AS goes_on
) AS burst
WHERE conversation.id = $1 AND handler = 'ai' AND last_inbound_seq > answered_through_seq;

-- append_automated --
-- $1 conversation. The seq of a message that is stored and never answered.
UPDATE conversations SET last_seq = last_seq + 1, last_inbound_at = now() WHERE id = $1 RETURNING last_seq;

-- insert_inbound --
-- :verified says whether the channel proved who wrote it. :occurred_at is when it was written.
INSERT INTO messages (
    conversation_id, seq, channel, direction, author, sender_identifier_id, sender_name, sender_verified,
    body, automated, external_id, in_reply_to, reply_target, attachments, metadata, occurred_at
)
VALUES (
    :conversation, :seq, :channel, 'inbound', 'customer', :identifier, :name, :verified,
    :body, :automated, :external_id, :in_reply_to, :reply_target, :attachments, :metadata, :occurred_at
)
RETURNING id;

-- reopen_ticket --
-- $1 conversation, $2 the promised ticket or NULL. Its open ticket, or the promised one; what waited for the customer
-- is open again, and so is what was done.
UPDATE tickets
SET status = CASE WHEN status IN ('waiting', 'resolved', 'closed') THEN 'open' ELSE status END, resolved_at = NULL
WHERE conversation_id = $1 AND (status NOT IN ('resolved', 'closed') OR id = $2)
RETURNING id;

-- newest_ticket --
-- $1 conversation. What a program says belongs to it and changes nothing about it: its open ticket, else its newest.
SELECT id FROM tickets
WHERE conversation_id = $1
ORDER BY status IN ('resolved', 'closed'), number DESC
LIMIT 1;

-- close_unasked --
-- $1 conversation that a program's message began. Nobody waits for anything in it.
WITH ended AS (
    UPDATE conversations SET status = 'resolved', resolved_at = now(), resolution = 'automated' WHERE id = $1
)
UPDATE tickets SET status = 'closed', resolved_at = now() WHERE conversation_id = $1;

-- insert_ticket --
-- :ticket is the id promised by the intake or NULL, :token_sha256 the hash of the status token or NULL. One that an erased
-- conversation has is another ticket's for ever.
INSERT INTO tickets (id, customer_id, conversation_id, source_channel, category, priority, status_token_sha256)
SELECT CASE WHEN :ticket::uuid IS NULL OR EXISTS (
           SELECT FROM tickets JOIN conversations ON conversations.id = tickets.conversation_id
           WHERE tickets.id = :ticket AND conversations.handler = 'none'
       ) THEN gen_random_uuid() ELSE :ticket END,
       :customer, :conversation, :channel, :category, :priority, :token_sha256
RETURNING id;
