-- past --
-- :most is how many tickets are told, :chars how much of a text, :far how many conversations of each record are looked
-- at, the newest: anybody may open any number of them in anybody's name. One row for each, newest first, or one without a number;
-- none of it counts unless here: every message of this :conversation is proven, and its writers are of one family.
-- Told is of conversations of which the same holds, for where others wrote, too, they would read of it; the others are
-- untold. Left out is what no person began, and who was erased. A ticket is the open one, else the newest; its answer is
-- what went out last, by other means than ours too.
WITH family AS (
    SELECT ARRAY(SELECT customer_family(customer_id)) AS members FROM conversations WHERE id = :conversation
),
near AS (
    SELECT newest.id
    FROM family
    CROSS JOIN LATERAL unnest(family.members) AS member (id)
    CROSS JOIN LATERAL (
        SELECT id FROM conversations
        WHERE customer_id = member.id AND last_inbound_seq > 0
        ORDER BY started_at DESC
        LIMIT :far
    ) AS newest
    UNION
    SELECT :conversation
),
known AS (
    SELECT conversation.id, conversation.channel, conversation.subject, conversation.id = :conversation AS here,
           NOT EXISTS (
               SELECT FROM messages AS message
               LEFT JOIN customer_identifiers AS sender ON sender.id = message.sender_identifier_id
               WHERE message.conversation_id = conversation.id AND message.direction = 'inbound'
                 AND (NOT message.sender_verified OR (sender.customer_id = ANY (family.members)) IS NOT TRUE)
           ) AS proven
    FROM family
    CROSS JOIN near
    JOIN conversations AS conversation ON conversation.id = near.id
    JOIN customers AS customer ON customer.id = conversation.customer_id
    WHERE customer.erased_at IS NULL AND conversation.last_inbound_seq > 0
),
told AS (
    SELECT known.id, ticket.number, known.channel, known.subject, ticket.status, ticket.created_at
    FROM known
    JOIN LATERAL (
        SELECT number, status, created_at FROM tickets
        WHERE conversation_id = known.id
        ORDER BY status IN ('resolved', 'closed'), number DESC
        LIMIT 1
    ) AS ticket ON true
    WHERE known.proven AND NOT known.here
    ORDER BY ticket.created_at DESC, ticket.number DESC
    LIMIT :most
)
SELECT coalesce(rest.here, false) AS here, rest.untold, told.number, told.channel, coalesce(told.subject, '') AS subject,
       told.status, told.created_at, coalesce(asked.body, '') AS question, coalesce(answered.body, '') AS answer
FROM (
    SELECT bool_or(proven) FILTER (WHERE here) AS here, count(*) FILTER (WHERE NOT proven) AS untold FROM known
) AS rest
LEFT JOIN told ON true
LEFT JOIN LATERAL (
    SELECT left(body, :chars) AS body FROM messages
    WHERE conversation_id = told.id AND direction = 'inbound' AND NOT automated AND NOT metadata ? 'confirmation'
    ORDER BY seq DESC
    LIMIT 1
) AS asked ON true
LEFT JOIN LATERAL (
    SELECT left(message.body, :chars) AS body FROM messages AS message
    WHERE message.conversation_id = told.id AND message.direction = 'outbound'
      AND (message.external_id IS NOT NULL OR EXISTS (
          SELECT FROM deliveries
          WHERE message_id = message.id AND channel_config_id IS NULL
            AND state NOT IN ('held', 'cancelled', 'failed', 'expired')
      ))
    ORDER BY message.seq DESC
    LIMIT 1
) AS answered ON true
ORDER BY told.created_at DESC, told.number DESC;

-- identification --
-- $1 since when; see `fte_database.repositories.identification`.
WITH recent AS (
    SELECT DISTINCT customer_root(customer_id) AS root
    FROM conversations WHERE last_inbound_seq > 0 AND last_inbound_at >= $1
),
customer AS (
    SELECT recent.root, ARRAY(SELECT customer_family(recent.root)) AS members
    FROM recent JOIN customers ON customers.id = recent.root AND customers.erased_at IS NULL
),
channel AS (
    SELECT customer.root, conversation.channel, bool_or(NOT EXISTS (
        SELECT FROM messages AS message
        LEFT JOIN customer_identifiers AS sender ON sender.id = message.sender_identifier_id
        WHERE message.conversation_id = conversation.id AND message.direction = 'inbound'
          AND (NOT message.sender_verified OR (sender.customer_id = ANY (customer.members)) IS NOT TRUE)
    )) AS told
    FROM customer JOIN conversations AS conversation ON conversation.customer_id = ANY (customer.members)
    WHERE conversation.last_inbound_seq > 0
    GROUP BY customer.root, conversation.channel
),
claimed AS (
    SELECT customer.root, bool_and(EXISTS (
        SELECT FROM customer_identifiers AS known
        WHERE known.kind = claim.kind AND known.verified_at IS NOT NULL AND known.customer_id = ANY (customer.members)
    )) AS kept
    FROM customer
    JOIN customer_identifiers AS claimant ON claimant.customer_id = ANY (customer.members)
    JOIN identifier_claims AS claim ON claim.claimant_id = claimant.id AND claim.kind <> claimant.kind
    GROUP BY customer.root
),
seen AS (
    SELECT channel.root, bool_and(channel.told) AND coalesce(bool_and(claimed.kept), true) AS identified
    FROM channel LEFT JOIN claimed ON claimed.root = channel.root
    GROUP BY channel.root
    HAVING count(*) >= 2 OR bool_or(claimed.root IS NOT NULL)
)
SELECT count(*) FILTER (WHERE identified) AS identified, count(*) AS seen FROM seen;
