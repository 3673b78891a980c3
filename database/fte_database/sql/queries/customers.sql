-- earlier_conversations --
-- $1 customer, $2 this conversation, $3 how many. Newest first; no rows unless every message of this
-- conversation was proven to be the customer's, and only conversations of which the same holds. Where others wrote, too,
-- they would read of it.
SELECT ticket.number, conversation.started_at, conversation.channel, ticket.status,
       coalesce(conversation.subject, '') AS subject
FROM conversations AS conversation
CROSS JOIN LATERAL (
    SELECT number, status FROM tickets WHERE conversation_id = conversation.id ORDER BY number DESC LIMIT 1
) AS ticket
WHERE conversation.customer_id = $1
  AND conversation.id <> $2
  AND NOT EXISTS (
      SELECT FROM messages AS message
      LEFT JOIN customer_identifiers AS sender ON sender.id = message.sender_identifier_id
      WHERE message.conversation_id IN ($2, conversation.id) AND message.direction = 'inbound'
        AND (NOT message.sender_verified OR sender.customer_id IS DISTINCT FROM $1)
  )
ORDER BY conversation.started_at DESC, conversation.id
LIMIT $3;
