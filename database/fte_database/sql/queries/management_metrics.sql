-- management_channel_counts --
-- $1 since, $2 until. By kind of channel: what customers wrote, what the employee replied, tickets opened, those of them
-- that a person got, and escalations opened.
WITH written AS (
    SELECT channel,
           count(*) FILTER (WHERE direction = 'inbound' AND NOT automated) AS messages,
           count(*) FILTER (WHERE direction = 'outbound' AND author IN ('ai', 'system')) AS replies
    FROM messages
    WHERE created_at >= $1 AND created_at < $2
    GROUP BY channel
),
opened AS (
    SELECT source_channel AS channel, count(*) AS tickets,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM escalations
               WHERE conversation_id = ticket.conversation_id AND ticket_id = ticket.id AND NOT advisory
           )) AS tickets_escalated
    FROM tickets AS ticket
    WHERE created_at >= $1 AND created_at < $2
    GROUP BY source_channel
),
handed_over AS (
    SELECT conversation.channel, count(*) AS escalations
    FROM escalations AS escalation
    JOIN conversations AS conversation ON conversation.id = escalation.conversation_id
    WHERE escalation.created_at >= $1 AND escalation.created_at < $2 AND NOT escalation.advisory
    GROUP BY conversation.channel
)
SELECT channel, coalesce(messages, 0) AS messages, coalesce(replies, 0) AS replies, coalesce(tickets, 0) AS tickets,
       coalesce(tickets_escalated, 0) AS tickets_escalated, coalesce(escalations, 0) AS escalations
FROM written
FULL JOIN opened USING (channel)
FULL JOIN handed_over USING (channel)
ORDER BY channel;
