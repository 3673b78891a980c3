-- earlier_conversations --
-- $1 customer, $2 this conversation, $3 how many. Newest first; no rows unless every message of this
-- conversation was proven to be the customer's, and only conversations of which the same holds.
SELECT conversation.started_at, conversation.channel, conversation.status,
       coalesce(conversation.subject, '') AS subject
FROM conversations AS conversation
WHERE conversation.customer_id = $1
  AND conversation.id <> $2
  AND NOT EXISTS (
      SELECT FROM messages
      WHERE conversation_id IN ($2, conversation.id) AND direction = 'inbound' AND NOT sender_verified
  )
ORDER BY conversation.started_at DESC, conversation.id
LIMIT $3;
