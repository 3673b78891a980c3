-- management_conversation --
-- $1 conversation. customer_id is the customer that its record stands for now.
SELECT conversation.id, customer_root(conversation.customer_id) AS customer_id, conversation.channel,
       config.address AS channel_name, coalesce(conversation.subject, '') AS subject, conversation.status,
       conversation.handler, conversation.assignee, conversation.started_at, conversation.resolved_at,
       conversation.resolution
FROM conversations AS conversation
JOIN channel_configs AS config ON config.id = conversation.channel_config_id
WHERE conversation.id = $1;

-- management_conversation_tickets --
-- $1 conversation. Newest first.
SELECT id, number, category, priority, status, created_at, resolved_at
FROM tickets
WHERE conversation_id = $1
ORDER BY number DESC;

-- management_conversation_escalations --
-- $1 conversation. Newest first, with what its person is told.
SELECT id, ticket_id, reason_code AS reason, trigger, summary, status, assignee, advisory, sla_due_at, created_at,
       resolved_at
FROM escalations
WHERE conversation_id = $1
ORDER BY created_at DESC, id DESC;

-- management_messages --
-- $1 conversation, $2 seq after which to begin, $3 how many. Oldest first. What of a reply is known of its run, its way
-- and what its customer thought of it. resolution says what became of an employee's reply: see `Resolution`.
SELECT message.id, message.seq, message.direction, message.author, message.body AS text, message.sender_name,
       message.sender_verified, message.automated, message.attachments, message.occurred_at,
       message.citations, message.tool_calls, message.latency_ms, message.tokens_used AS tokens,
       run.cost_micro_usd, run.revision, run.model, run.decision ->> 'outcome' AS outcome,
       rating.rating, rating.helped, rating.remark,
       CASE
           WHEN message.direction <> 'outbound' OR message.author NOT IN ('ai', 'system') THEN NULL
           WHEN rating.helped THEN 'confirmed'
           WHEN NOT rating.helped THEN 'rejected'
           WHEN run.status = 'escalated' THEN 'escalated'
           WHEN conversation.last_inbound_seq > message.seq THEN 'continued'
           WHEN conversation.status IN ('resolved', 'closed') THEN 'assumed'
           ELSE 'open'
       END AS resolution,
       coalesce(parts.deliveries, '[]') AS deliveries
FROM messages AS message
JOIN conversations AS conversation ON conversation.id = message.conversation_id
LEFT JOIN agent_runs AS run ON run.id = message.run_id
LEFT JOIN message_ratings AS rating ON rating.message_id = message.id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(
        jsonb_build_object('channel', channel, 'part', part, 'state', state, 'error_code', error_code)
        ORDER BY channel_config_id NULLS FIRST, part
    ) AS deliveries
    FROM deliveries
    WHERE message_id = message.id
) AS parts ON true
WHERE message.conversation_id = $1 AND message.seq > $2
ORDER BY message.seq
LIMIT $3;
