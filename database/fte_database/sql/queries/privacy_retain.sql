-- quiet_conversations --
-- $1 id after which, $2 age, $3 how many. Those in which nothing was said for so long, and in which nobody waits for us,
-- locked; who has one now comes back the next time. What a person answered by other means waits for its customer, and so
-- does a part that a template announced.
SELECT conversation.id
FROM conversations AS conversation
WHERE conversation.id > $1 AND conversation.handler <> 'none'
  AND (conversation.handler <> 'human' OR conversation.status IN ('resolved', 'closed', 'waiting_customer'))
  AND conversation.last_inbound_seq <= conversation.answered_through_seq
  AND greatest(conversation.last_inbound_at, conversation.started_at) < now() - $2::interval
  AND NOT EXISTS (
      SELECT FROM messages WHERE conversation_id = conversation.id AND created_at >= now() - $2
  )
  AND NOT EXISTS (
      SELECT FROM deliveries JOIN messages ON messages.id = deliveries.message_id
      WHERE messages.conversation_id = conversation.id AND deliveries.state IN ('held', 'pending', 'sending', 'unknown')
        AND (deliveries.state <> 'pending' OR deliveries.placeholder_sent_at IS NULL)
  )
ORDER BY conversation.id
LIMIT $3
FOR UPDATE SKIP LOCKED;

-- silent_customers --
-- $1 id after which, $2 age, $3 how many. Those who wrote nothing for so long, under none of their records.
SELECT customer.id
FROM customers AS customer
WHERE customer.id > $1 AND customer.erased_at IS NULL AND customer.merged_into IS NULL
  AND customer.created_at < now() - $2::interval
  AND NOT EXISTS (
      SELECT FROM customer_family(customer.id) AS member
      JOIN conversations AS conversation ON conversation.customer_id = member
      WHERE greatest(conversation.last_inbound_at, conversation.started_at) >= now() - $2
  )
  AND NOT EXISTS (
      SELECT FROM customer_family(customer.id) AS member
      JOIN customer_identifiers AS identifier ON identifier.customer_id = member
      JOIN messages AS message ON message.sender_identifier_id = identifier.id
      WHERE message.created_at >= now() - $2
  )
ORDER BY customer.id
LIMIT $3;

-- retain_events --
-- $1 id after which, $2 age, $3 how many. What came beside a message; its key stays as a hash.
WITH batch AS (
    SELECT id FROM inbound_events
    WHERE id > $1 AND received_at < now() - $2::interval AND status = 'processed'
      AND (payload <> '{}' OR dedupe_key NOT LIKE 'erased:%')
    ORDER BY id LIMIT $3
),
done AS (
    UPDATE inbound_events SET payload = '{}', dedupe_key = erased_key(dedupe_key) WHERE id IN (SELECT id FROM batch)
)
SELECT max(id) AS last, count(*) AS rows FROM batch;

-- retain_reports --
-- $1 id after which, $2 age, $3 how many. Providers' reports as they came.
WITH batch AS (
    SELECT id FROM delivery_events
    WHERE id > $1 AND received_at < now() - $2::interval AND raw <> '{}'
    ORDER BY id LIMIT $3
),
done AS (UPDATE delivery_events SET raw = '{}' WHERE id IN (SELECT id FROM batch))
SELECT max(id) AS last, count(*) AS rows FROM batch;

-- retain_outbox --
-- $1 id after which, $2 age, $3 how many. What was told.
WITH batch AS (
    SELECT id FROM outbox WHERE id > $1 AND published_at < now() - $2::interval ORDER BY id LIMIT $3
),
done AS (DELETE FROM outbox WHERE id IN (SELECT id FROM batch))
SELECT max(id) AS last, count(*) AS rows FROM batch;

-- retain_claims --
-- $1 id after which, $2 age, $3 how many. Addresses that somebody said were theirs.
WITH batch AS (
    SELECT id FROM identifier_claims WHERE id > $1 AND ended_at < now() - $2::interval ORDER BY id LIMIT $3
),
done AS (DELETE FROM identifier_claims WHERE id IN (SELECT id FROM batch))
SELECT (array_agg(id ORDER BY id DESC))[1] AS last, count(*) AS rows FROM batch;

-- retain_runs --
-- $1 id after which, $2 age, $3 how many. What the employee considered; numbers stay.
WITH batch AS (
    SELECT id FROM agent_runs
    WHERE id > $1 AND ended_at < now() - $2::interval AND (decision IS NOT NULL OR error IS NOT NULL)
    ORDER BY id LIMIT $3
),
done AS (UPDATE agent_runs SET decision = NULL, error = NULL WHERE id IN (SELECT id FROM batch))
SELECT (array_agg(id ORDER BY id DESC))[1] AS last, count(*) AS rows FROM batch;

-- retain_tool_calls --
-- $1 id after which, $2 age, $3 how many. What it looked for.
WITH batch AS (
    SELECT id FROM messages
    WHERE id > $1 AND created_at < now() - $2::interval AND tool_calls <> '[]'
    ORDER BY id LIMIT $3
),
done AS (UPDATE messages SET tool_calls = '[]' WHERE id IN (SELECT id FROM batch))
SELECT (array_agg(id ORDER BY id DESC))[1] AS last, count(*) AS rows FROM batch;

-- retain_audit --
-- $1 id after which, $2 age, $3 how many.
WITH batch AS (SELECT id FROM audit_log WHERE id > $1 AND at < now() - $2::interval ORDER BY id LIMIT $3),
done AS (DELETE FROM audit_log WHERE id IN (SELECT id FROM batch))
SELECT max(id) AS last, count(*) AS rows FROM batch;
