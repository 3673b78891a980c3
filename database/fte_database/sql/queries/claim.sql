-- claim_conversation --
-- :choice are conversations to choose from or NULL for any, :overdue is how long past due at least, :kinds are the
-- kinds of channel that the worker knows: what came on another one waits for a newer worker.
-- Lease the conversation that is due longest; a row locked by somebody is not waited for.
UPDATE conversations
SET epoch = epoch + 1, attempts = attempts + 1, lease_owner = :worker, lease_until = now() + :lease
WHERE id = (
    SELECT id FROM conversations
    WHERE handler = 'ai'
      AND last_inbound_seq > answered_through_seq
      AND due_at <= now() - :overdue::interval
      AND (lease_until IS NULL OR lease_until < now())
      AND (:choice::uuid[] IS NULL OR id = ANY (:choice::uuid[]))
      AND channel = ANY (:kinds::text[])
    ORDER BY due_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, epoch, attempts, answered_through_seq, last_inbound_seq, unanswered_since;

-- claim_overdue_conversation --
-- $1 lease, $2 age, $3 kinds of channel as above. Lease the burst that has waited longest beyond its deadline, whoever
-- has it now, but for one leased so before: its hand-over failed, and until that lease ends the others come first.
UPDATE conversations
SET epoch = epoch + 1, lease_owner = 'overdue', lease_until = now() + $1
WHERE id = (
    SELECT id FROM conversations
    WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq AND unanswered_since <= now() - $2::interval
      AND channel = ANY ($3::text[])
      AND (lease_owner IS DISTINCT FROM 'overdue' OR lease_until < now())
    ORDER BY unanswered_since
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, epoch, attempts, answered_through_seq, last_inbound_seq, unanswered_since;

-- abandon_runs --
-- $1 conversation, $2 epoch of the new claim. Runs of workers that vanished without a word.
UPDATE agent_runs SET status = 'abandoned', ended_at = now()
WHERE conversation_id = $1 AND epoch < $2 AND status = 'running';

-- start_run --
-- :from_seq and :to_seq are the first and last seq of the burst.
INSERT INTO agent_runs (conversation_id, epoch, from_seq, to_seq, status, worker)
VALUES (:conversation, :epoch, :from_seq, :to_seq, 'running', :worker);

-- turn_facts --
-- $1 conversation, $2 last seq of the burst. The ticket is the open one, else the newest. The name is the one
-- given in this very conversation: another's words about the same address must not show here.
SELECT conversation.customer_id,
       conversation.channel,
       coalesce(conversation.subject, '') AS subject,
       config.address AS channel_name,
       config.max_chars,
       ticket.id AS ticket_id,
       coalesce(sender.sender_name, '') AS customer_name,
       coalesce(writer.opted_out, false) AS opted_out
FROM conversations AS conversation
JOIN channel_configs AS config ON config.id = conversation.channel_config_id
JOIN LATERAL (
    SELECT id FROM tickets
    WHERE conversation_id = conversation.id
    ORDER BY status IN ('resolved', 'closed'), number DESC
    LIMIT 1
) AS ticket ON true
LEFT JOIN LATERAL (
    SELECT sender_name FROM messages
    WHERE conversation_id = conversation.id AND direction = 'inbound' AND sender_name IS NOT NULL AND seq <= $2
    ORDER BY seq DESC
    LIMIT 1
) AS sender ON true
LEFT JOIN LATERAL (
    SELECT identifier.opted_out_at IS NOT NULL AS opted_out
    FROM messages
    JOIN customer_identifiers AS identifier ON identifier.id = messages.sender_identifier_id
    WHERE messages.conversation_id = conversation.id AND messages.direction = 'inbound' AND messages.seq <= $2
    ORDER BY messages.seq DESC
    LIMIT 1
) AS writer ON true
WHERE conversation.id = $1;

-- turn_burst --
-- $1 conversation, $2 answered through, $3 last seq of the burst. What has to be answered, oldest first; excess is
-- more than the employee answers, confirmation what came of a code, writer the identifier that it came from.
SELECT seq, author, body, occurred_at, attachments, citations, metadata ? 'excess' AS excess,
       metadata ->> 'confirmation' AS confirmation, sender_identifier_id AS writer
FROM messages
WHERE conversation_id = $1 AND direction = 'inbound' AND NOT automated AND seq > $2 AND seq <= $3
ORDER BY seq;

-- turn_history --
-- $1 conversation, $2 answered through, $3 how many. What was said before, newest first: what the customer
-- wrote and was answered, and replies that went out, by other means than ours too, or are about to.
SELECT message.seq, message.author, message.body, message.occurred_at, message.attachments, message.citations
FROM messages AS message
JOIN conversations AS conversation ON conversation.id = message.conversation_id
WHERE message.conversation_id = $1
  AND message.seq > conversation.context_from_seq
  AND NOT message.automated
  AND (
      (message.direction = 'inbound' AND message.seq <= $2)
      OR (message.direction = 'outbound' AND (message.external_id IS NOT NULL OR EXISTS (
          SELECT FROM deliveries
          WHERE message_id = message.id AND state NOT IN ('held', 'cancelled', 'failed', 'expired')
      )))
  )
ORDER BY message.seq DESC
LIMIT $3;

-- renew_lease --
-- $1 conversation, $2 epoch, $3 lease. No row when the claim was lost or a person took over.
UPDATE conversations SET lease_until = now() + $3
WHERE id = $1 AND epoch = $2 AND lease_owner IS NOT NULL AND handler = 'ai'
RETURNING id;

-- release_lease --
-- $1 conversation, $2 epoch, $3 first back-off or NULL for none, $4 longest back-off. Without a back-off the
-- attempt is not counted; with one the wait doubles with every attempt. No row when the claim was lost.
UPDATE conversations
SET lease_owner = NULL,
    lease_until = NULL,
    attempts = CASE WHEN $3::interval IS NULL THEN greatest(attempts - 1, 0) ELSE attempts END,
    due_at = CASE
        WHEN $3::interval IS NULL THEN due_at
        ELSE now() + least($3::interval * power(2, least(attempts, 16) - 1), $4::interval)
    END
WHERE id = $1 AND epoch = $2 AND lease_owner IS NOT NULL
RETURNING id;

-- postpone_turn --
-- $1 conversation, $2 epoch, $3 first wait, $4 longest wait. Release for what the turn is not to blame for:
-- the attempt is not counted. The wait doubles with every failed run of this burst, and up to half of it is
-- left out by chance, so that what failed together does not come back together. No row when the claim was lost.
UPDATE conversations
SET lease_owner = NULL,
    lease_until = NULL,
    attempts = greatest(attempts - 1, 0),
    due_at = now() + (1 - random() / 2) * least($4::interval, $3::interval * power(2, (
        SELECT least(count(*), 16) FROM agent_runs
        WHERE conversation_id = $1 AND from_seq > answered_through_seq AND agent_runs.status = 'failed'
    )))
WHERE id = $1 AND epoch = $2 AND lease_owner IS NOT NULL
RETURNING id;

-- end_run --
-- $1 conversation, $2 epoch, $3 status, $4 error or NULL. A run that ended before keeps its end.
UPDATE agent_runs SET status = $3, error = $4, ended_at = now()
WHERE conversation_id = $1 AND epoch = $2 AND status = 'running';

-- list_unanswered --
-- $1 conversations. Those that still wait for the employee.
SELECT id FROM conversations
WHERE id = ANY ($1::uuid[]) AND handler = 'ai' AND last_inbound_seq > answered_through_seq;
