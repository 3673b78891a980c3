-- find_ticket --
-- $1 ticket. confirmation is what came last of confirming its address on its page; what was said there is no message.
SELECT ticket.id, ticket.conversation_id, ticket.status, ticket.status_token_sha256,
       coalesce(proven.address_confirmed, false) AS address_confirmed,
       coalesce(said.confirmation, '') AS confirmation
FROM tickets AS ticket
CROSS JOIN LATERAL (
    SELECT bool_and(sender_verified) AS address_confirmed FROM messages
    WHERE conversation_id = ticket.conversation_id AND direction = 'inbound' AND NOT automated
) AS proven
LEFT JOIN LATERAL (
    SELECT metadata ->> 'confirmation' AS confirmation FROM messages
    WHERE conversation_id = ticket.conversation_id AND direction = 'inbound' AND metadata ? 'confirmation'
    ORDER BY seq DESC LIMIT 1
) AS said ON true
WHERE ticket.id = $1;

-- find_ticket_sender --
-- $1 ticket. Its first message says who wrote it.
SELECT config.address AS channel_name, sender.kind, sender.value_raw, ticket.status_token_sha256,
       coalesce(proven.address_confirmed, false) AS address_confirmed
FROM tickets AS ticket
JOIN conversations AS conversation ON conversation.id = ticket.conversation_id
JOIN channel_configs AS config ON config.id = conversation.channel_config_id
CROSS JOIN LATERAL (
    SELECT sender_identifier_id FROM messages
    WHERE conversation_id = ticket.conversation_id AND direction = 'inbound' AND NOT automated
    ORDER BY seq LIMIT 1
) AS first
JOIN customer_identifiers AS sender ON sender.id = first.sender_identifier_id
CROSS JOIN LATERAL (
    SELECT bool_and(sender_verified) AS address_confirmed FROM messages
    WHERE conversation_id = ticket.conversation_id AND direction = 'inbound' AND NOT automated
) AS proven
WHERE ticket.id = $1;

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
