-- lock_threads --
-- $1 channel config, $2 thread keys. As `lock_thread` for each, in an order that everybody takes them in.
SELECT pg_advisory_xact_lock(lock) FROM (
    SELECT DISTINCT hashtextextended('thread:' || $1::uuid || ':' || thread_key, 0) AS lock
    FROM unnest($2::text[]) AS named (thread_key)
    ORDER BY lock
) AS locks;

-- find_meant --
-- The conversations of :channel_config that a message may continue, the likeliest first: the one that :token names, then
-- those of :ids in their order, then those of its :threads, then others that messages of :thread came into. :parts are
-- the deliveries after which such an id is named, or NULL. Of each the newest generation, with who takes part in it; an
-- erased one is meant by nobody.
-- mine: nobody but :identifier wrote in it, and never proved it. Of conversations that share an id the oldest few, since
-- who takes another's id must have seen it first.
WITH named AS (
    SELECT * FROM unnest(:ids::text[], :parts::uuid[]) WITH ORDINALITY AS named (id, part, place)
),
meant AS (
    SELECT :token::uuid AS conversation_id, 0 AS place
    UNION ALL
    SELECT found.conversation_id, named.place
    FROM named
    CROSS JOIN LATERAL (
        SELECT message.conversation_id
        FROM messages AS message
        JOIN conversations AS conversation ON conversation.id = message.conversation_id
        WHERE (message.external_id = named.id OR message.rfc_message_id = named.id)
          AND conversation.channel_config_id = :channel_config
        ORDER BY message.created_at
        LIMIT 5
    ) AS found
    UNION ALL
    SELECT delivery.conversation_id, named.place FROM named JOIN deliveries AS delivery ON delivery.id = named.part
    UNION ALL
    SELECT delivery.conversation_id, named.place
    FROM named
    JOIN delivery_names AS given ON given.name = named.id
    JOIN deliveries AS delivery ON delivery.id = given.delivery_id
    UNION ALL
    SELECT conversation.id, 1000 + own.place
    FROM unnest(:threads::text[]) WITH ORDINALITY AS own (thread_key, place)
    JOIN conversations AS conversation
        ON conversation.channel_config_id = :channel_config AND conversation.thread_key = own.thread_key
    UNION ALL
    SELECT conversation_id, 2000
    FROM (
        SELECT joined.conversation_id
        FROM conversation_threads AS joined
        JOIN conversations AS conversation ON conversation.id = joined.conversation_id
        WHERE joined.channel_config_id = :channel_config AND joined.thread_key = :thread
        ORDER BY conversation.started_at
        LIMIT 100
    ) AS joined
),
threads AS (
    SELECT conversation.thread_key, min(meant.place) AS place
    FROM meant
    CROSS JOIN LATERAL (
        SELECT thread_key FROM conversations
        WHERE id = meant.conversation_id AND channel_config_id = :channel_config AND handler <> 'none'
        LIMIT 1 -- looked up one by one, however many the planner expects
    ) AS conversation
    GROUP BY conversation.thread_key
)
SELECT newest.id, newest.thread_key,
       ARRAY(SELECT address FROM conversation_parties WHERE conversation_id = newest.id) AS parties,
       NOT EXISTS (
           SELECT FROM messages
           WHERE conversation_id = newest.id AND direction = 'inbound'
             AND (sender_verified OR sender_identifier_id IS DISTINCT FROM :identifier)
       ) AS mine
FROM threads
CROSS JOIN LATERAL (
    SELECT id, thread_key, started_at FROM conversations
    WHERE channel_config_id = :channel_config AND thread_key = threads.thread_key
    ORDER BY generation DESC
    LIMIT 1
) AS newest
ORDER BY threads.place, newest.started_at, newest.id;

-- link_conversation --
-- $1 conversation, $2 the one that its first message named.
UPDATE conversations SET linked_to = $2 WHERE id = $1;

-- join_thread --
-- $1 channel config, $2 thread of a message, $3 the conversation it came into, which may be named after another.
INSERT INTO conversation_threads (channel_config_id, thread_key, conversation_id)
SELECT $1, $2, $3
WHERE NOT EXISTS (SELECT FROM conversations WHERE id = $3 AND thread_key = $2)
ON CONFLICT DO NOTHING;

-- add_participants --
-- $1 conversation, $2 addresses, $3 how many a conversation has at most: the first ones stay.
INSERT INTO conversation_participants (conversation_id, address)
SELECT $1, address
FROM unnest($2::text[]) WITH ORDINALITY AS added (address, place)
WHERE NOT EXISTS (SELECT FROM conversation_participants WHERE conversation_id = $1 AND address = added.address)
GROUP BY address
ORDER BY min(place)
LIMIT greatest($3 - (SELECT count(*) FROM conversation_participants WHERE conversation_id = $1), 0)
ON CONFLICT DO NOTHING;

-- list_parties --
-- $1 conversation. Who takes part in it.
SELECT coalesce(array_agg(address), '{}') FROM conversation_parties WHERE conversation_id = $1;

-- find_copy --
-- The message that came in before under the same id, by the same sender with the same proof, with the same text: another
-- copy of it. What :automated says of this one: what a list brought answers for nothing that came straight. With the ticket
-- it is in, the open one, else the newest.
SELECT message.id, message.conversation_id, message.seq, ticket.id AS ticket_id
FROM messages AS message
JOIN LATERAL (
    SELECT id FROM tickets
    WHERE conversation_id = message.conversation_id
    ORDER BY status IN ('resolved', 'closed'), number DESC
    LIMIT 1
) AS ticket ON true
WHERE message.external_id = :external_id AND message.direction = 'inbound' AND message.channel = :channel
  AND message.sender_identifier_id = :identifier AND message.sender_verified = :verified AND message.body = :body
  AND (:automated OR NOT message.automated)
ORDER BY message.created_at
LIMIT 1;

-- note_sent_as --
-- $1 delivery, $2 id of a message that carries it. A part that was sent twice has two.
INSERT INTO delivery_names (name, delivery_id) SELECT $2, id FROM deliveries WHERE id = $1 ON CONFLICT DO NOTHING;
