-- claim_delivery --
-- $1 worker, $2 lease, $3 channels whose interrupted deliveries may simply be sent again.
-- The oldest sendable delivery, in conversation order: an earlier one that still may go out holds back
-- later ones. What the employee wrote goes out only while the employee handles the conversation; the share
-- lock makes a claim and a take-over see each other. held and unknown ones wait for a person.
UPDATE deliveries
SET state = 'sending',
    state_rank = 1,
    epoch = epoch + 1,
    attempts = attempts + 1,
    lease_owner = $1,
    lease_until = now() + $2,
    first_sent_at = coalesce(first_sent_at, now())
WHERE id = (
    SELECT delivery.id
    FROM deliveries AS delivery
    JOIN messages AS message ON message.id = delivery.message_id
    JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
    WHERE delivery.next_attempt_at <= now()
      AND (
          delivery.state = 'pending'
          OR (delivery.state = 'sending' AND delivery.lease_until < now() AND delivery.channel = ANY ($3::text[]))
      )
      AND (message.author <> 'ai' OR conversation.handler = 'ai')
      AND NOT EXISTS (
          SELECT FROM deliveries AS earlier
          JOIN messages AS earlier_message ON earlier_message.id = earlier.message_id
          WHERE earlier.conversation_id = delivery.conversation_id
            AND (earlier.ordinal, earlier.part) < (delivery.ordinal, delivery.part)
            AND (
                earlier.state IN ('sending', 'unknown')
                OR (earlier.state = 'pending' AND (earlier_message.author <> 'ai' OR conversation.handler = 'ai'))
            )
      )
    ORDER BY delivery.next_attempt_at, delivery.ordinal, delivery.part
    LIMIT 1
    FOR UPDATE OF delivery SKIP LOCKED
    FOR SHARE OF conversation SKIP LOCKED
)
RETURNING id, conversation_id, message_id, part, channel, recipient, body, epoch,
    (SELECT author FROM messages WHERE messages.id = deliveries.message_id) AS author;

-- accept_delivery --
-- $1 delivery, $2 epoch, $3 provider's id or NULL. The provider has it. Ranks: 0 waiting, 1 sending, 2 accepted,
-- 3 sent, 4 delivered, 5 read; a state that a callback already carried further stays.
UPDATE deliveries
SET state = CASE WHEN state_rank < 2 THEN 'accepted' ELSE state END,
    state_rank = greatest(state_rank, 2),
    provider_id = coalesce($3, provider_id),
    accepted_at = coalesce(accepted_at, now()),
    error_code = NULL,
    error_class = NULL,
    error = NULL,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = $1 AND epoch = $2 AND lease_owner IS NOT NULL
RETURNING id;

-- fail_delivery --
-- $1 delivery, $2 epoch, $3 whether to try again, $4 code, $5 error, $6 first back-off, $7 longest back-off.
-- The wait doubles with every attempt. Only a delivery that is still being sent can fail.
UPDATE deliveries
SET state = CASE WHEN $3::boolean THEN 'pending' ELSE 'failed' END,
    state_rank = CASE WHEN $3::boolean THEN 0 ELSE state_rank END,
    next_attempt_at = now() + least($6::interval * power(2, least(attempts, 16) - 1), $7::interval),
    error_code = $4,
    error_class = CASE WHEN $3::boolean THEN 'transient' ELSE 'permanent' END,
    error = $5,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = $1 AND epoch = $2 AND state = 'sending'
RETURNING id;
