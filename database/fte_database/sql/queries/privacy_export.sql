-- export_person --
-- $1 customers. What is known of them besides what they wrote, of the oldest record that says it.
SELECT (array_agg(display_name ORDER BY created_at) FILTER (WHERE display_name IS NOT NULL))[1] AS name,
       (array_agg(email ORDER BY created_at) FILTER (WHERE email IS NOT NULL))[1] AS email,
       (array_agg(locale ORDER BY created_at) FILTER (WHERE locale IS NOT NULL))[1] AS locale,
       (array_agg(tz ORDER BY created_at) FILTER (WHERE tz IS NOT NULL))[1] AS time_zone,
       min(created_at) AS known_since
FROM customers WHERE id = ANY ($1::uuid[]);

-- export_identifiers --
-- $1 customers.
SELECT kind, value_raw AS value, first_channel, created_at AS known_since, verified_at, verified_by, opted_out_at,
       undeliverable_at
FROM customer_identifiers WHERE customer_id = ANY ($1::uuid[]) ORDER BY id;

-- export_conversation --
-- $1 conversation, $2 whether it began with a message of theirs: somebody else's subject is not told.
SELECT conversation.id, conversation.channel, config.address AS channel_name,
       CASE WHEN $2::boolean THEN coalesce(conversation.subject, '') ELSE '' END AS subject,
       conversation.status, conversation.started_at, conversation.resolved_at
FROM conversations AS conversation JOIN channel_configs AS config ON config.id = conversation.channel_config_id
WHERE conversation.id = $1;

-- export_tickets --
-- $1 conversation.
SELECT number, category, priority, status, created_at, resolved_at, coalesce(resolution_notes, '') AS resolution
FROM tickets WHERE conversation_id = $1 ORDER BY number;

-- export_escalations --
-- $1 conversation of theirs alone. Why a person got it.
SELECT reason_code AS reason, summary, created_at, resolved_at
FROM escalations WHERE conversation_id = $1 ORDER BY created_at;

-- export_messages --
-- $1 conversation, $2 messages of it that are theirs, NULL for all, $3 seq after which, $4 how many.
SELECT seq, direction, author, coalesce(sender_name, '') AS name, coalesce(body_full, body) AS text, attachments,
       occurred_at, rating, coalesce(remark, '') AS remark
FROM messages
LEFT JOIN message_ratings ON message_id = id
WHERE conversation_id = $1 AND ($2::uuid[] IS NULL OR id = ANY ($2)) AND seq > $3
ORDER BY seq
LIMIT $4;
