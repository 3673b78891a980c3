-- give_to_person --
-- $1 conversation. The employee is done with it: a turn that runs on it is superseded. No row when a person has it.
UPDATE conversations
SET handler = 'human', handler_since = clock_timestamp(), status = 'waiting_human',
    answered_through_seq = last_inbound_seq, epoch = epoch + 1, attempts = 0, superseded = 0,
    lease_owner = NULL, lease_until = NULL, due_at = NULL, unanswered_since = NULL
WHERE id = $1 AND handler = 'ai'
RETURNING id;

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

-- find_thread --
-- $1 kind of channel, $2 name of a SupportChannel, $3 thread. Its live conversation, locked.
SELECT conversation.id
FROM conversations AS conversation
JOIN channel_configs AS config ON config.id = conversation.channel_config_id
WHERE config.channel = $1 AND config.address = $2 AND conversation.thread_key = $3
  AND conversation.status NOT IN ('resolved', 'closed')
FOR UPDATE OF conversation;

-- append_outside --
-- $1 conversation. A person answered by other means: what they saw counts as answered. The reply's seq.
UPDATE conversations
SET last_seq = last_seq + 1, handler = 'human',
    handler_since = CASE handler WHEN 'human' THEN handler_since ELSE clock_timestamp() END,
    status = 'waiting_customer', answered_through_seq = last_inbound_seq, epoch = epoch + 1, attempts = 0,
    superseded = 0, lease_owner = NULL, lease_until = NULL, due_at = NULL, unanswered_since = NULL
WHERE id = $1
RETURNING last_seq;

-- insert_outside --
-- A reply that a person sent by other means; :external_id is the provider's.
INSERT INTO messages (conversation_id, seq, channel, direction, author, body, external_id, occurred_at)
VALUES (:conversation, :seq, :channel, 'outbound', 'human', :body, :external_id, :occurred_at);

-- knows_external --
-- $1 kind of channel, $2 provider's id. Whether it is a message we have, or stands for a delivery.
SELECT EXISTS (SELECT FROM messages WHERE channel = $1 AND external_id = $2)
    OR EXISTS (
        SELECT FROM deliveries WHERE channel = $1 AND (provider_id = $2 OR placeholder_id = $2 OR previous_ids @> ARRAY[$2::text])
    );

-- claim_escalation --
-- $1 conversation, $2 who. A person works on it already.
UPDATE escalations
SET status = 'claimed', assignee = coalesce(assignee, $2), claimed_at = coalesce(claimed_at, now()),
    first_human_reply_at = coalesce(first_human_reply_at, now())
WHERE conversation_id = $1 AND status IN ('open', 'claimed');

-- insert_audit --
-- $1 who, $2 what, $3 of what, $4 detail.
INSERT INTO audit_log (actor, action, subject, detail) VALUES ($1, $2, $3, $4);
