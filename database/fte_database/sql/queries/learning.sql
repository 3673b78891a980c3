-- human_answers --
-- $1 most, the newest. Hand-overs that a person is done with and answered before the next of the conversation: by the
-- desk, or by other means, which closes nothing. With messages of people and of the employee, until somebody wrote to
-- the next; whoever takes part, with the names and addresses they are known by, so that these can be taken out.
WITH spans AS (
    SELECT *, lead(created_at) OVER (PARTITION BY conversation_id ORDER BY created_at, id) AS until
    FROM escalations
    WHERE NOT advisory
)
SELECT
    span.id, span.conversation_id, span.reason_code, span.created_at, span.until,
    coalesce(span.brief ->> 'request', '') AS request, conversation.channel,
    coalesce(conversation.subject, '') AS subject,
    ARRAY (
        SELECT message FROM (
            SELECT seq, jsonb_build_array(author, body, occurred_at) AS message
            FROM messages
            WHERE conversation_id = span.conversation_id AND direction <> 'internal' AND NOT automated
              AND (span.until IS NULL OR occurred_at <= span.until)
            ORDER BY seq DESC
            LIMIT 200
        ) AS newest
        ORDER BY seq
    ) AS told,
    ARRAY (
        SELECT display_name FROM customers
        WHERE id IN (SELECT customer_family(conversation.customer_id)) AND display_name IS NOT NULL
        UNION
        SELECT sender_name FROM messages WHERE conversation_id = span.conversation_id AND sender_name IS NOT NULL
        ORDER BY 1
    ) AS people,
    ARRAY (
        SELECT value_raw FROM customer_identifiers
        WHERE customer_id IN (SELECT customer_family(conversation.customer_id))
        UNION
        SELECT address FROM conversation_parties WHERE conversation_id = span.conversation_id
        ORDER BY 1
    ) AS addresses
FROM spans AS span
JOIN conversations AS conversation ON conversation.id = span.conversation_id
WHERE (span.status IN ('resolved', 'returned') OR (span.status = 'claimed' AND span.assignee = 'outside'))
  AND EXISTS (
      SELECT FROM messages
      WHERE conversation_id = span.conversation_id AND author = 'human' AND direction = 'outbound'
        AND occurred_at >= span.created_at AND (span.until IS NULL OR occurred_at < span.until)
  )
ORDER BY span.created_at DESC, span.id
LIMIT $1;

-- not_found_requests --
-- $1 age, $2 most. What was handed over because nothing approved answers it, newest first, and whether a person has
-- answered since; with the names and addresses of whoever takes part.
SELECT
    escalation.id, escalation.brief ->> 'request' AS request, escalation.created_at,
    EXISTS (
        SELECT FROM messages
        WHERE conversation_id = escalation.conversation_id AND author = 'human' AND direction = 'outbound'
          AND occurred_at >= escalation.created_at
    ) AS answered,
    ARRAY (
        SELECT display_name FROM customers
        WHERE id IN (SELECT customer_family(conversation.customer_id)) AND display_name IS NOT NULL
        UNION
        SELECT sender_name FROM messages
        WHERE conversation_id = escalation.conversation_id AND sender_name IS NOT NULL
        ORDER BY 1
    ) AS people
FROM escalations AS escalation
JOIN conversations AS conversation ON conversation.id = escalation.conversation_id
WHERE escalation.reason_code = 'not_found' AND escalation.created_at > now() - $1::interval
  AND escalation.brief ->> 'request' <> ''
ORDER BY escalation.created_at DESC, escalation.id
LIMIT $2;

-- approved_sections --
-- $1 snapshot. What customers may be told, once, however many embedders have it.
SELECT DISTINCT title, heading, content, asked FROM knowledge_base WHERE snapshot = $1 AND visibility = 'public';
