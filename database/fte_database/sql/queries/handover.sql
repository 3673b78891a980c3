-- give_to_person --
-- $1 conversation. The employee is done with it: a turn that runs on it is superseded. No row when a person has it. A
-- finished one stays so: its thread may go on as another.
UPDATE conversations
SET handler = 'human', handler_since = clock_timestamp(),
    status = CASE WHEN status IN ('resolved', 'closed') THEN status ELSE 'waiting_human' END,
    answered_through_seq = last_inbound_seq, epoch = epoch + 1, attempts = 0, superseded = 0,
    lease_owner = NULL, lease_until = NULL, due_at = NULL, unanswered_since = NULL
WHERE id = $1 AND handler = 'ai'
RETURNING id;

-- is_unanswered --
-- $1 conversation. Whether its customer waits for anybody.
SELECT last_inbound_seq > answered_through_seq FROM conversations WHERE id = $1;

-- handover_facts --
-- $1 conversation. What an event tells of it; the ticket is the open one, else the newest.
SELECT conversation.channel, config.address AS channel_name, ticket.id AS ticket_id
FROM conversations AS conversation
JOIN channel_configs AS config ON config.id = conversation.channel_config_id
JOIN LATERAL (
    SELECT id FROM tickets
    WHERE conversation_id = conversation.id
    ORDER BY status IN ('resolved', 'closed'), number DESC
    LIMIT 1
) AS ticket ON true
WHERE conversation.id = $1;

-- attach_found --
-- A part that was given up while nobody knew what became of it, and of which the provider's history tells now, as
-- :external_id of :occurred_at, the time of the part. Its text is the part's own, or a template's, where free text could
-- not be sent.
UPDATE deliveries AS delivery
SET state = CASE WHEN delivery.body = :body THEN 'accepted' ELSE state END,
    state_rank = CASE WHEN delivery.body = :body THEN 2 ELSE state_rank END,
    provider_id = CASE WHEN delivery.body = :body THEN :external_id ELSE provider_id END,
    accepted_at = CASE WHEN delivery.body = :body THEN now() END,
    placeholder_id = CASE WHEN delivery.body = :body THEN placeholder_id ELSE :external_id END
WHERE id = (
    SELECT part.id
    FROM deliveries AS part
    JOIN conversations AS conversation ON conversation.id = part.conversation_id
    WHERE part.conversation_id = :conversation AND part.state = 'failed'
      AND part.provider_id IS NULL AND part.placeholder_id IS NULL
      AND :occurred_at::timestamptz BETWEEN part.first_sent_at - :clocks::interval AND part.unconfirmed_since + :clocks
      AND (part.body = :body OR conversation.reply_window_until <= :occurred_at)
    ORDER BY part.body = :body DESC, part.ordinal, part.part
    LIMIT 1
)
RETURNING id, state = 'accepted' AS accepted;

-- found_note --
-- $1 delivery that was found at its provider. What the person who has its conversation is told; the other parts of its
-- reply were not sent.
SELECT CASE
    WHEN parts = 1 THEN ' It was found since: the provider has it.'
    ELSE format(' Part %s of %s was found since: the provider has that part.', part, parts)
END
FROM (
    SELECT part, (SELECT count(*) FROM deliveries WHERE message_id = found.message_id) AS parts
    FROM deliveries AS found
    WHERE id = $1
) AS found;

-- note_found --
-- $1 conversation, $2 the note. Who looks after it need not send that again.
UPDATE escalations SET summary = summary || $2
WHERE conversation_id = $1 AND status IN ('open', 'claimed') AND reason_code = 'delivery';

-- strike_found --
-- $1 conversation, $2 the note. It did not arrive after all.
UPDATE escalations SET summary = replace(summary, $2, '')
WHERE conversation_id = $1 AND status IN ('open', 'claimed');

-- append_outside --
-- $1 conversation, $2 when a person answered by other means. What was written before that counts as answered; what came
-- at that time or later they did not see: unless the employee's answer to it is out, it waits for them as what is
-- before an escalation does. No row when nothing was written before. last_seq is the reply's.
UPDATE conversations AS conversation
SET last_seq = last_seq + 1, handler = 'human',
    handler_since = CASE handler WHEN 'human' THEN handler_since ELSE clock_timestamp() END,
    status = CASE WHEN before.unseen OR before.asked THEN 'waiting_human' ELSE 'waiting_customer' END,
    answered_through_seq = last_inbound_seq, epoch = epoch + 1, attempts = 0, superseded = 0,
    lease_owner = NULL, lease_until = NULL, due_at = NULL, unanswered_since = NULL
FROM (
    SELECT EXISTS (
            SELECT FROM messages AS message
            JOIN conversations AS own ON own.id = message.conversation_id
            WHERE own.id = $1 AND message.direction = 'inbound' AND NOT message.automated
              AND message.occurred_at >= $2
              AND (message.seq > own.answered_through_seq OR EXISTS (
                  SELECT FROM deliveries AS part
                  JOIN messages AS reply ON reply.id = part.message_id
                  WHERE part.conversation_id = $1 AND part.ordinal > message.seq AND reply.author = 'ai'
                    AND part.state IN ('held', 'pending', 'sending', 'unknown')
              ))
        ) AS unseen,
        EXISTS (
            SELECT FROM escalations
            WHERE conversation_id = $1 AND status IN ('open', 'claimed') AND created_at >= $2
        ) AS asked
) AS before
WHERE conversation.id = $1
  AND EXISTS (
      SELECT FROM messages WHERE conversation_id = $1 AND direction = 'inbound' AND occurred_at < $2
  )
RETURNING conversation.last_seq, before.unseen;

-- insert_outside --
-- A reply that a person sent by other means; :external_id is the provider's, :message_id what others call it by.
INSERT INTO messages (
    conversation_id, seq, channel, direction, author, body, external_id, rfc_message_id, occurred_at
)
VALUES (
    :conversation, :seq, :channel, 'outbound', 'human', :body, :external_id, nullif(:message_id, ''), :occurred_at
);

-- knows_external --
-- $1 kind of channel, $2 provider's id. Whether it is a message we have, or stands for a delivery, or did, or was erased:
-- previous ids are counted, since the planner looks for the first of very many by reading all.
SELECT EXISTS (SELECT FROM messages WHERE channel = $1 AND external_id IN ($2, erased_key($2)))
    OR EXISTS (SELECT FROM deliveries WHERE channel = $1 AND provider_id IN ($2, erased_key($2)))
    OR EXISTS (SELECT FROM deliveries WHERE channel = $1 AND placeholder_id IN ($2, erased_key($2)))
    OR EXISTS (SELECT FROM early_replies WHERE channel = $1 AND external_id = erased_key($2))
    OR (SELECT count(*) FROM deliveries WHERE channel = $1 AND previous_ids && ARRAY[$2, erased_key($2)]) > 0;

-- claim_escalation --
-- $1 conversation, $2 who, $3 since when a person works on it. An escalation opened later waits for them.
UPDATE escalations
SET status = 'claimed', assignee = coalesce(assignee, $2), claimed_at = coalesce(claimed_at, now()),
    first_human_reply_at = coalesce(first_human_reply_at, now())
WHERE conversation_id = $1 AND status IN ('open', 'claimed') AND created_at < $3;

-- find_late --
-- $1 age, $2 conversation or NULL for any. The part that has been due longest, beyond it, of which no person knows.
SELECT part.conversation_id, part.error_code, part.due_since
FROM undelivered_parts AS part
WHERE part.due_since < now() - $1::interval AND ($2::uuid IS NULL OR part.conversation_id = $2)
  AND NOT EXISTS (
      SELECT FROM escalations
      WHERE conversation_id = part.conversation_id AND status IN ('open', 'claimed')
  )
ORDER BY part.due_since
LIMIT 1;

-- withdraw_advisories --
-- Nobody needs to look any more: what was late has left, or is not to be sent, and the employee has the conversation.
WITH quiet AS (
    SELECT id FROM conversations AS conversation
    WHERE handler = 'ai'
      AND EXISTS (SELECT FROM escalations WHERE conversation_id = conversation.id AND advisory AND status = 'open')
      AND NOT EXISTS (SELECT FROM undelivered_parts WHERE conversation_id = conversation.id)
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE escalations SET status = 'resolved', resolved_at = now()
WHERE advisory AND status = 'open' AND conversation_id IN (SELECT id FROM quiet)
RETURNING id, conversation_id;

-- replace_advisory --
-- $1 conversation. A person has it from now on: what told one of a late reply gives way, or is theirs already.
UPDATE escalations
SET status = CASE status WHEN 'open' THEN 'resolved' ELSE status END,
    resolved_at = CASE status WHEN 'open' THEN now() END,
    advisory = status = 'open'
WHERE conversation_id = $1 AND advisory AND status IN ('open', 'claimed');

-- insert_audit --
-- $1 who, $2 what, $3 of what, $4 detail.
INSERT INTO audit_log (actor, action, subject, detail) VALUES ($1, $2, $3, $4);
