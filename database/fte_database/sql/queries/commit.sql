-- close_burst --
-- The compare-and-set: no row unless the claim (:epoch, :answered_through, :to_seq) still holds and nothing newer came
-- in, or the customer was put off :enough_superseded times or for :enough_waiting; then the newer messages are the
-- next burst. :replies says whether a reply is added, :escalates whether it goes to a person.
UPDATE conversations
SET answered_through_seq = :to_seq,
    last_seq = last_seq + :replies::boolean::int,
    attempts = 0,
    superseded = 0,
    lease_owner = NULL,
    lease_until = NULL,
    due_at = CASE WHEN last_inbound_seq > :to_seq THEN due_at END,
    unanswered_since = CASE WHEN last_inbound_seq > :to_seq THEN (
        SELECT min(created_at) FROM messages
        WHERE conversation_id = :conversation AND direction = 'inbound' AND NOT automated AND seq > :to_seq
    ) END,
    handler = CASE WHEN :escalates::boolean THEN 'human' ELSE handler END,
    handler_since = CASE WHEN :escalates::boolean THEN clock_timestamp() ELSE handler_since END,
    status = CASE
        WHEN :escalates::boolean THEN 'waiting_human'
        WHEN last_inbound_seq > :to_seq THEN 'open'
        WHEN :replies::boolean THEN 'waiting_customer'
        ELSE status
    END
WHERE id = :conversation
  AND epoch = :epoch
  AND lease_owner IS NOT NULL
  AND handler = 'ai'
  AND answered_through_seq = :answered_through
  AND (last_inbound_seq = :to_seq OR superseded >= :enough_superseded OR unanswered_since <= now() - :enough_waiting::interval)
RETURNING last_seq, channel;

-- count_superseded --
-- $1 conversation, $2 epoch, $3 answered through as claimed. The claim goes back without counting as an
-- attempt, if it is still the current one.
UPDATE conversations
SET superseded = superseded + 1, attempts = greatest(attempts - 1, 0), lease_owner = NULL, lease_until = NULL
WHERE id = $1 AND epoch = $2 AND answered_through_seq = $3 AND handler = 'ai' AND lease_owner IS NOT NULL;

-- finish_run --
-- The run's id.
UPDATE agent_runs
SET status = :status, revision = :revision, model = :model, prompt_version = :prompt_version,
    input_tokens = :input_tokens, cached_tokens = :cached_tokens, output_tokens = :output_tokens,
    cost_micro_usd = :cost, llm_ms = :model_ms, total_ms = :total_ms,
    top_score = :top_score, decision = :decision, ended_at = now()
WHERE conversation_id = :conversation AND epoch = :epoch
RETURNING id;

-- insert_reply --
-- What is said of a burst, by the employee or by an approved template; the run that decided it.
INSERT INTO messages (
    conversation_id, seq, channel, direction, author, body, run_id, epoch, latency_ms, tokens_used,
    tool_calls, citations, metadata, occurred_at
)
VALUES (
    :conversation, :seq, :channel, 'outbound', :author, :body, :run, :epoch, :latency_ms, :tokens,
    :tool_calls, :citations, :metadata, now()
)
RETURNING id;

-- insert_delivery --
-- :seq is the reply's, :to_seq the last of the burst. To whoever wrote last in what it answers.
INSERT INTO deliveries (
    conversation_id, message_id, ordinal, part, channel, body, recipient, recipient_id, target
)
SELECT :conversation, :message, :seq, :part, :channel, :body,
       coalesce(message.reply_target ->> 'address', identifier.value_raw), identifier.id, message.reply_target
FROM messages AS message
JOIN customer_identifiers AS identifier ON identifier.id = message.sender_identifier_id
WHERE message.conversation_id = :conversation AND message.direction = 'inbound' AND NOT message.automated
  AND message.seq <= :to_seq
ORDER BY message.seq DESC
LIMIT 1
RETURNING id;

-- cancel_replies --
-- $1 conversation, $2 channels whose interrupted deliveries may simply be sent again. A person has it now: what
-- the employee said and was not sent yet is not sent any more, nor copied. Where sending twice reaches nobody twice,
-- one being sent counts as not sent: its sender, dead or slow, loses its claim. Elsewhere a provider may have it.
UPDATE deliveries SET state = 'cancelled', epoch = epoch + 1, lease_owner = NULL, lease_until = NULL
WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = $1 AND author = 'ai')
  AND (state IN ('pending', 'held') OR (state = 'sending' AND channel = ANY ($2::text[])));

-- update_ticket --
-- $1 ticket, $2 category or NULL, $3 priority or NULL, $4 status or NULL. A closed ticket keeps its status.
UPDATE tickets
SET category = coalesce($2, category),
    priority = coalesce($3, priority),
    status = CASE WHEN status IN ('resolved', 'closed') THEN status ELSE coalesce($4, status) END
WHERE id = $1;

-- open_escalation --
-- :sla is the time to the first human reply. No row when one is open already. Whoever gets it is shown the conversation
-- that this one was split from.
INSERT INTO escalations (ticket_id, conversation_id, reason_code, trigger, summary, brief, sla_due_at, advisory)
VALUES (:ticket, :conversation, :reason, :trigger, :summary, :brief::jsonb || coalesce((
    SELECT jsonb_build_object('linked_to', linked_to) FROM conversations
    WHERE id = :conversation AND linked_to IS NOT NULL
), '{}'), now() + :sla, :advisory)
ON CONFLICT (conversation_id) WHERE status IN ('open', 'claimed') DO NOTHING
RETURNING id, sla_due_at;

-- insert_outbox --
-- $1 topic, $2 key, $3 payload. After the compare-and-set only: its row lock makes the order of ids the
-- order of commits per conversation.
INSERT INTO outbox (topic, msg_key, payload) VALUES ($1, $2, $3);
