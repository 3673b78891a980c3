-- records_of --
-- $1 customer. Every record that stands for the same customer, with whether it is erased; none for one that is unknown.
SELECT record.id, record.erased_at IS NOT NULL AS erased
FROM customer_family($1) AS member JOIN customers AS record ON record.id = member
ORDER BY record.id;

-- identifiers_of --
-- $1 customers. In the order in which they are locked.
SELECT id, kind, value_norm, value_raw FROM customer_identifiers WHERE customer_id = ANY ($1::uuid[]) ORDER BY kind, value_norm;

-- lock_records --
-- $1 customers. After their identifiers, as ingest does.
SELECT id FROM customers WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE;

-- conversations_of --
-- $1 identifiers, $2 customers. Where they wrote, locked. shared: somebody else did, too. opened: it is theirs by its
-- first message. held: it waits for a person.
SELECT conversation.id,
       conversation.customer_id = ANY ($2::uuid[]) AS opened,
       conversation.handler = 'human' AND (
           conversation.status NOT IN ('resolved', 'closed', 'waiting_customer')
           OR conversation.last_inbound_seq > conversation.answered_through_seq
       ) AS held,
       EXISTS (
           SELECT FROM messages
           WHERE conversation_id = conversation.id AND direction = 'inbound' AND sender_identifier_id <> ALL ($1::bigint[])
       ) AS shared
FROM conversations AS conversation
WHERE conversation.id IN (
    SELECT id FROM conversations WHERE customer_id = ANY ($2::uuid[])
    UNION
    SELECT conversation_id FROM messages WHERE sender_identifier_id = ANY ($1::bigint[])
)
ORDER BY conversation.id
FOR UPDATE;

-- messages_of --
-- $1 conversations of theirs alone, $2 those that are shared, $3 identifiers. All messages of the first; of the others
-- what they wrote, and what was written to them: by its recipient, or where it has none, by who wrote last before it.
SELECT id FROM messages WHERE conversation_id = ANY ($1::uuid[])
UNION ALL
SELECT message.id
FROM messages AS message
WHERE message.conversation_id = ANY ($2::uuid[]) AND CASE
    WHEN message.direction = 'inbound' THEN message.sender_identifier_id = ANY ($3::bigint[])
    WHEN EXISTS (SELECT FROM deliveries WHERE message_id = message.id)
        THEN EXISTS (SELECT FROM deliveries WHERE message_id = message.id AND recipient_id = ANY ($3))
    ELSE (
        SELECT sender_identifier_id FROM messages
        WHERE conversation_id = message.conversation_id AND direction = 'inbound' AND seq < message.seq
        ORDER BY seq DESC
        LIMIT 1
    ) = ANY ($3)
END;

-- under_way --
-- $1 messages. Parts that a sender has now, or of which nobody knows whether the provider has them.
SELECT id FROM deliveries
WHERE message_id = ANY ($1::uuid[]) AND ((state = 'sending' AND lease_until > now()) OR state = 'unknown')
ORDER BY id;
