-- find_ticket --
-- $1 ticket.
SELECT id, conversation_id, status, status_token_sha256 FROM tickets WHERE id = $1;

-- visible_messages --
-- $1 conversation. What its customer may see: what they wrote, and replies that went out.
SELECT author, body, citations, occurred_at
FROM messages AS message
WHERE conversation_id = $1
  AND (
      (direction = 'inbound' AND NOT automated)
      OR (direction = 'outbound' AND EXISTS (
          SELECT FROM deliveries
          WHERE message_id = message.id AND state IN ('accepted', 'sent', 'delivered', 'read')
      ))
  )
ORDER BY seq;

-- count_backlog --
-- Conversations that wait for the employee: the true backlog, whatever Kafka's lag says.
SELECT count(*) FROM conversations WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq;

-- last_inbound --
-- Per channel the time its newest message was stored.
SELECT config.address AS channel_name, newest.last_inbound_at
FROM channel_configs AS config
CROSS JOIN LATERAL (
    SELECT last_inbound_at FROM conversations
    WHERE channel_config_id = config.id
    ORDER BY last_inbound_at DESC NULLS LAST
    LIMIT 1
) AS newest
WHERE newest.last_inbound_at IS NOT NULL;

-- oldest_unanswered --
-- For how many seconds the burst that waits longest for the employee has waited; NULL when none does.
SELECT extract(epoch FROM now() - min(unanswered_since))::float8
FROM conversations WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq;
