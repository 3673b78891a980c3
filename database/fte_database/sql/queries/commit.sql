-- close_burst --
-- $1 conversation, $2 epoch, $3 answered through as claimed, $4 last seq of the burst, $5 whether a reply is
-- added, $6 whether it goes to a person, $7 superseded runs that are enough, $8 wait that is enough.
-- The compare-and-set: no row unless the claim still holds and nothing newer came in, or the customer was
-- put off often or long enough; then the newer messages are the next burst.
UPDATE conversations
SET answered_through_seq = $4,
    last_seq = last_seq + $5::boolean::int,
    attempts = 0,
    superseded = 0,
    lease_owner = NULL,
    lease_until = NULL,
    due_at = CASE WHEN last_inbound_seq > $4 THEN due_at END,
    unanswered_since = CASE WHEN last_inbound_seq > $4 THEN (
        SELECT min(created_at) FROM messages
        WHERE conversation_id = $1 AND direction = 'inbound' AND NOT automated AND seq > $4
    ) END,
    handler = CASE WHEN $6::boolean THEN 'human' ELSE handler END,
    handler_since = CASE WHEN $6::boolean THEN now() ELSE handler_since END,
    status = CASE
        WHEN $6::boolean THEN 'waiting_human'
        WHEN last_inbound_seq > $4 THEN 'open'
        WHEN $5::boolean THEN 'waiting_customer'
        ELSE status
    END
WHERE id = $1
  AND epoch = $2
  AND lease_owner IS NOT NULL
  AND handler = 'ai'
  AND answered_through_seq = $3
  AND (last_inbound_seq = $4 OR superseded >= $7 OR unanswered_since <= now() - $8::interval)
RETURNING last_seq, channel;

-- count_superseded --
-- $1 conversation, $2 epoch, $3 answered through as claimed. The claim goes back without counting as an
-- attempt, if it is still the current one.
UPDATE conversations
SET superseded = superseded + 1, attempts = greatest(attempts - 1, 0), lease_owner = NULL, lease_until = NULL
WHERE id = $1 AND epoch = $2 AND answered_through_seq = $3 AND handler = 'ai' AND lease_owner IS NOT NULL;

-- finish_run --
-- $1 conversation, $2 epoch, $3 status, $4 revision, $5 model, $6 prompt version, $7 input tokens,
-- $8 output tokens, $9 model ms, $10 total ms, $11 top score, $12 decision. The run's id.
UPDATE agent_runs
SET status = $3, revision = $4, model = $5, prompt_version = $6, input_tokens = $7, output_tokens = $8,
    llm_ms = $9, total_ms = $10, top_score = $11, decision = $12, ended_at = now()
WHERE conversation_id = $1 AND epoch = $2
RETURNING id;

-- insert_reply --
-- $1 conversation, $2 seq, $3 channel, $4 author, $5 body, $6 run, $7 epoch, $8 latency ms, $9 tokens,
-- $10 tool calls, $11 citations, $12 metadata.
INSERT INTO messages (
    conversation_id, seq, channel, direction, author, body, run_id, epoch, latency_ms, tokens_used,
    tool_calls, citations, metadata, occurred_at
)
VALUES ($1, $2, $3, 'outbound', $4, $5, $6, $7, $8, $9, $10, $11, $12, now())
RETURNING id;

-- insert_delivery --
-- $1 conversation, $2 message, $3 its seq, $4 number of the part, $5 channel, $6 body, $7 last seq of the burst.
-- To whoever wrote last in what it answers.
INSERT INTO deliveries (conversation_id, message_id, ordinal, part, channel, body, recipient)
SELECT $1, $2, $3, $4, $5, $6, identifier.value_raw
FROM messages AS message
JOIN customer_identifiers AS identifier ON identifier.id = message.sender_identifier_id
WHERE message.conversation_id = $1 AND message.direction = 'inbound' AND NOT message.automated
  AND message.seq <= $7
ORDER BY message.seq DESC
LIMIT 1
RETURNING id;

-- cancel_replies --
-- $1 conversation, $2 channels whose interrupted deliveries may simply be sent again. A person has it now: what
-- the employee said and was not sent yet is not sent any more. Where sending twice reaches nobody twice,
-- one being sent counts as not sent: its sender, dead or slow, loses its claim. Elsewhere a provider may have it.
UPDATE deliveries SET state = 'cancelled', epoch = epoch + 1, lease_owner = NULL, lease_until = NULL
WHERE conversation_id = $1
  AND (state IN ('pending', 'held') OR (state = 'sending' AND channel = ANY ($2::text[])))
  AND EXISTS (SELECT FROM messages WHERE id = deliveries.message_id AND author = 'ai');

-- update_ticket --
-- $1 ticket, $2 category or NULL, $3 priority or NULL, $4 status or NULL. A closed ticket keeps its status.
UPDATE tickets
SET category = coalesce($2, category),
    priority = coalesce($3, priority),
    status = CASE WHEN status IN ('resolved', 'closed') THEN status ELSE coalesce($4, status) END
WHERE id = $1;

-- open_escalation --
-- $1 ticket, $2 conversation, $3 reason, $4 trigger, $5 summary, $6 brief, $7 time to the first human reply.
-- No row when one is open already.
INSERT INTO escalations (ticket_id, conversation_id, reason_code, trigger, summary, brief, sla_due_at)
VALUES ($1, $2, $3, $4, $5, $6, now() + $7)
ON CONFLICT (conversation_id) WHERE status IN ('open', 'claimed') DO NOTHING
RETURNING id, sla_due_at;

-- insert_outbox --
-- $1 topic, $2 key, $3 payload. After the compare-and-set only: its row lock makes the order of ids the
-- order of commits per conversation.
INSERT INTO outbox (topic, msg_key, payload) VALUES ($1, $2, $3);
