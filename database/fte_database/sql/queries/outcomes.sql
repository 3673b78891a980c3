-- lock_handler --
-- $1 conversation. Before any of its deliveries, as a commit and a take-over do: who handles it stays so meanwhile.
SELECT FROM conversations WHERE id = $1 FOR NO KEY UPDATE;

-- lock_provider_id --
-- $1 kind of channel, $2 provider's id. Before all other locks: that an id is saved and what is reported of it
-- take turns, so that neither misses the other.
SELECT pg_advisory_xact_lock(hashtextextended('provider:' || $1::text || ':' || $2::text, 0));

-- accept_delivery --
-- $1 delivery, $2 epoch, $3 provider's id or NULL. The provider has it. Ranks: 0 waiting, 1 sending, 2 accepted,
-- 3 sent, 4 delivered, 5 read; a state that a callback already carried further stays, and so does an error it told.
UPDATE deliveries
SET state = CASE WHEN state_rank < 2 THEN 'accepted' ELSE state END,
    state_rank = greatest(state_rank, 2),
    provider_id = coalesce($3, provider_id),
    accepted_at = coalesce(accepted_at, now()),
    lookups = 0,
    unconfirmed_since = NULL,
    error_code = CASE WHEN error_class = 'reported' THEN error_code END,
    error = CASE WHEN error_class = 'reported' THEN error END,
    error_class = CASE WHEN error_class = 'reported' THEN error_class END,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = $1 AND epoch = $2 AND lease_owner IS NOT NULL
RETURNING id;

-- announce_delivery --
-- $1 delivery, $2 epoch, $3 provider's id of the template. The part itself waits until the customer writes, or is due at
-- once where they did while the template was under way.
UPDATE deliveries AS delivery
SET state = 'pending',
    state_rank = 0,
    next_attempt_at = CASE WHEN conversation.reply_window_until > now() THEN now() ELSE 'infinity' END,
    due_since = CASE WHEN conversation.reply_window_until > now() THEN now() ELSE due_since END,
    placeholder_sent_at = CASE WHEN conversation.reply_window_until > now() THEN NULL ELSE now() END,
    previous_ids = previous_ids || array_remove(ARRAY[placeholder_id], NULL),
    placeholder_id = $3,
    lookups = 0,
    unconfirmed_since = NULL,
    lease_owner = NULL,
    lease_until = NULL
FROM conversations AS conversation
WHERE delivery.id = $1 AND delivery.epoch = $2 AND delivery.lease_owner IS NOT NULL
  AND conversation.id = delivery.conversation_id
RETURNING delivery.id;

-- retry_delivery --
-- :delay is how long the provider asks to wait, NULL where it does not. The wait doubles with every attempt,
-- from :first to :longest.
UPDATE deliveries
SET state = 'pending',
    state_rank = 0,
    next_attempt_at = now() + coalesce(:delay::interval, least(:first::interval * power(2, least(attempts, 16) - 1), :longest)),
    error_code = :code,
    error_class = 'transient',
    error = :error,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = :delivery AND epoch = :epoch AND lease_owner IS NOT NULL
RETURNING id;

-- fail_delivery --
-- Failed for good: nobody tries again.
UPDATE deliveries
SET state = 'failed',
    error_code = :code,
    error_class = 'permanent',
    error = :error,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = :delivery AND epoch = :epoch AND lease_owner IS NOT NULL
RETURNING id;

-- suspend_delivery --
-- Nobody knows whether the provider has it: looked up :margin after the lease, and not sent meanwhile.
UPDATE deliveries
SET state = 'unknown',
    unconfirmed_since = CASE state WHEN 'unknown' THEN unconfirmed_since ELSE now() END,
    next_attempt_at = greatest(lease_until, now()) + :margin,
    error_code = :code,
    error_class = 'unknown',
    error = :error,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = :delivery AND epoch = :epoch AND lease_owner IS NOT NULL
RETURNING id;

-- count_lookup --
-- $1 delivery, $2 epoch, $3 pause before the next look. How often the provider did not know it.
UPDATE deliveries
SET lookups = lookups + 1, next_attempt_at = now() + $3::interval, lease_owner = NULL, lease_until = NULL
WHERE id = $1 AND epoch = $2 AND state = 'unknown' AND lease_owner IS NOT NULL
RETURNING lookups;

-- resend_delivery --
-- $1 delivery. The provider never had it.
UPDATE deliveries SET state = 'pending', state_rank = 0, lookups = 0, next_attempt_at = now()
WHERE id = $1 AND state = 'unknown';

-- abandon_delivery --
-- $1 delivery, $2 code, $3 error. Nobody will know; it is not sent again.
UPDATE deliveries SET state = 'failed', error_code = $2, error_class = 'permanent', error = $3
WHERE id = $1 AND state = 'unknown';

-- reopen_delivery --
-- $1 delivery, $2 epoch or NULL for any. Free text is not taken any more: the next attempt sends a template.
UPDATE deliveries
SET state = 'pending',
    state_rank = 0,
    next_attempt_at = now(),
    due_since = now(),
    previous_ids = previous_ids || array_remove(ARRAY[provider_id, placeholder_id], NULL),
    provider_id = NULL,
    accepted_at = NULL,
    lookups = 0,
    unconfirmed_since = NULL,
    placeholder_sent_at = NULL,
    placeholder_id = NULL,
    lease_owner = NULL,
    lease_until = NULL
WHERE id = $1 AND ($2::bigint IS NULL OR (epoch = $2 AND lease_owner IS NOT NULL))
RETURNING id;

-- fail_refused_copy --
-- $1 delivery beside its conversation, $2 epoch or NULL for any. Free text is not taken any more: no template carries it.
UPDATE deliveries
SET state = 'failed', error_code = 'WindowClosed', error_class = 'permanent', error = 'free text is not taken any more',
    lease_owner = NULL, lease_until = NULL
WHERE id = $1 AND ($2::bigint IS NULL OR (epoch = $2 AND lease_owner IS NOT NULL))
RETURNING id;

-- handed_over_at --
-- $1 delivery, $2 lease. When the provider got it that refuses it now.
SELECT coalesce(accepted_at, lease_until - $2::interval) FROM deliveries WHERE id = $1;

-- close_reply_window --
-- $1 conversation, $2 when the provider got what it refuses. Its clock wins, unless the customer has written since.
UPDATE conversations SET reply_window_until = now()
WHERE id = $1 AND NOT EXISTS (
    SELECT FROM messages
    WHERE conversation_id = $1 AND direction = 'inbound' AND NOT automated AND occurred_at > $2
);

-- cancel_unwanted --
-- $1 delivery, due again. It was being sent while a person took over, or while its recipient asked for silence: what
-- they cancelled includes it.
UPDATE deliveries AS delivery SET state = 'cancelled'
WHERE delivery.id = $1 AND delivery.state = 'pending'
  AND (
      EXISTS (SELECT FROM customer_identifiers WHERE id = delivery.recipient_id AND opted_out_at IS NOT NULL)
      OR EXISTS (
          SELECT FROM messages AS message
          JOIN conversations AS conversation ON conversation.id = message.conversation_id
          WHERE message.id = delivery.message_id AND message.author = 'ai' AND conversation.handler <> 'ai'
      )
  );

-- cancel_parts --
-- $1 delivery. The other parts of its message that were not sent yet, its copies included; of a copy those that it
-- goes with.
UPDATE deliveries AS other SET state = 'cancelled', lease_owner = NULL, lease_until = NULL
FROM deliveries AS lost
WHERE lost.id = $1 AND other.message_id = lost.message_id AND other.id <> $1 AND other.state IN ('pending', 'held')
  AND (
      lost.channel_config_id IS NULL
      OR (other.channel_config_id = lost.channel_config_id AND (other.part = 0) = (lost.part = 0)) -- a code is no copy
  );
