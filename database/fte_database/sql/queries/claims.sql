-- lock_codes --
-- $1 claimant, $2 mailbox. The last locks of a transaction but the ledger's: codes that one claimant asks for, and those
-- to one mailbox, are counted one after the other, so each sees the others.
SELECT pg_advisory_xact_lock(lock) FROM (
    SELECT DISTINCT hashtextextended(name, 0) AS lock
    FROM unnest(ARRAY['codes:by:' || $1::bigint, 'codes:to:' || $2::text]) AS named (name)
    ORDER BY lock
) AS locks;

-- lock_codes_to --
-- $1 mailboxes whose owner is erased. As `lock_codes`: what goes to them is there already, or comes when they are nobody's.
SELECT pg_advisory_xact_lock(lock) FROM (
    SELECT DISTINCT hashtextextended('codes:to:' || mailbox, 0) AS lock FROM unnest($1::text[]) AS theirs (mailbox)
    ORDER BY lock
) AS locks;

-- room_for_code --
-- :by is how many codes :claimant may ask for in a day, :most how many go to :mailbox, :carried how many texts beside
-- conversations :carrier sends. free: where it may write to :value of :kind only for a while after that wrote
-- (:windowed), this is now.
SELECT (
    SELECT count(*) FROM identifier_claims WHERE claimant_id = :claimant AND created_at > now() - interval '1 day'
) < :by::int AS asks, (
    SELECT count(*) FROM identifier_claims WHERE mailbox = :mailbox AND created_at > now() - interval '1 day'
) < :most::int AND (
    SELECT count(*) FROM deliveries
    WHERE channel_config_id = :carrier AND copied_at > (SELECT clock_timestamp() - interval '1 day')
) < :carried::int AS room, NOT :windowed::boolean OR EXISTS (
    SELECT FROM customer_identifiers AS identifier
    JOIN conversations AS conversation ON conversation.customer_id = identifier.customer_id
    WHERE identifier.kind = :kind AND identifier.value_norm = :value
      AND conversation.channel_config_id = :carrier AND conversation.reply_window_until > now()
) AS free;

-- burst_writer --
-- $1 conversation, $2 last seq of a burst. The identifier that its last message came from.
SELECT sender_identifier_id FROM messages
WHERE conversation_id = $1 AND direction = 'inbound' AND NOT automated AND seq <= $2
ORDER BY seq DESC
LIMIT 1;

-- replace_claim --
-- $1 conversation. Its open claim, which another takes the place of.
UPDATE identifier_claims SET state = 'replaced', code_sha256 = NULL, ended_at = now()
WHERE conversation_id = $1 AND state = 'sent'
RETURNING id;

-- insert_claim --
-- :mailbox is empty where no code goes out, as nobody's may then be counted.
INSERT INTO identifier_claims (
    id, conversation_id, claimant_id, kind, value_norm, value_raw, mailbox, code_sha256, expires_at
)
VALUES (
    :claim, :conversation, :claimant, :kind, :normalised, :value, :mailbox, :code_sha256, now() + :valid::interval
);

-- insert_code --
-- The delivery of :claim, which has its id: part 0 of the :message that announces it, by :carrier of the kind :channel.
-- Not :sends: there is a row as for any other, so that nothing tells an address that is known from one that is not, but
-- it holds no address.
INSERT INTO deliveries (
    id, channel_config_id, message_id, ordinal, part, channel, body, recipient, recipient_id, target, mailbox, unverified,
    copied_at, state
)
SELECT :claim, :carrier, message.id, message.seq, 0, :channel, :body, :recipient, (
           SELECT id FROM customer_identifiers WHERE kind = :kind AND value_norm = :normalised
       ), :target, :mailbox, true, clock_timestamp(), CASE WHEN :sends::boolean THEN 'pending' ELSE 'expired' END
FROM messages AS message
WHERE message.id = :message;

-- cancel_code --
-- $1 claim that has ended. Its code is not sent any more.
UPDATE deliveries SET state = 'cancelled', lease_owner = NULL, lease_until = NULL WHERE id = $1 AND state = 'pending';

-- claimed_by --
-- $1 kind, $2 normalised value of a claimant. What their open claims name.
SELECT claim.kind, claim.value_norm
FROM customer_identifiers AS claimant
JOIN identifier_claims AS claim ON claim.claimant_id = claimant.id
WHERE claimant.kind = $1 AND claimant.value_norm = $2 AND claim.state = 'sent';

-- find_claim --
-- $1 conversation, $2 claimant. Their newest claim there of a day; own: it names the address that they write from.
SELECT claim.id, claim.kind, claim.value_norm, claim.value_raw, claim.code_sha256, claim.state,
       claim.state = 'expired' OR claim.expires_at <= now() AS late,
       (claimant.kind, claimant.value_norm) = (claim.kind, claim.value_norm) AS own
FROM identifier_claims AS claim
JOIN customer_identifiers AS claimant ON claimant.id = claim.claimant_id
WHERE claim.conversation_id = $1 AND claim.claimant_id = $2 AND claim.created_at > now() - interval '1 day'
ORDER BY claim.created_at DESC
LIMIT 1;

-- count_attempt --
-- $1 claim, $2 how many wrong codes end it. Its state; no row when it has ended.
UPDATE identifier_claims
SET attempts = attempts + 1,
    state = CASE WHEN attempts + 1 < $2::int THEN state ELSE 'refused' END,
    code_sha256 = CASE WHEN attempts + 1 < $2::int THEN code_sha256 END,
    ended_at = CASE WHEN attempts + 1 < $2::int THEN ended_at ELSE now() END
WHERE id = $1 AND state = 'sent'
RETURNING state;

-- end_claim --
-- $1 claim, $2 state. No row when it has ended.
UPDATE identifier_claims SET state = $2, code_sha256 = NULL, ended_at = now()
WHERE id = $1 AND state = 'sent'
RETURNING id;

-- is_confirmed --
-- $1 conversation, $2 identifier. Whether who writes from it has proven there that it is theirs.
SELECT EXISTS (
    SELECT FROM identifier_claims AS claim
    JOIN customer_identifiers AS claimant ON claimant.id = claim.claimant_id
    WHERE claim.conversation_id = $1 AND claim.claimant_id = $2 AND claim.state = 'confirmed'
      AND (claimant.kind, claimant.value_norm) = (claim.kind, claim.value_norm)
);

-- mark_proven --
-- $1 conversation, $2 identifier. What came from there was written by its owner.
UPDATE messages SET sender_verified = true
WHERE conversation_id = $1 AND direction = 'inbound' AND sender_identifier_id = $2 AND NOT sender_verified;

-- is_proven --
-- $1 conversation. Whether it is known of every message who wrote it.
SELECT NOT EXISTS (
    SELECT FROM messages WHERE conversation_id = $1 AND direction = 'inbound' AND NOT sender_verified
);

-- expire_claims --
-- Claims whose time is over; one that somebody works on is left for the next time. $1 is how many at once.
UPDATE identifier_claims SET state = 'expired', code_sha256 = NULL, ended_at = now()
WHERE id IN (
    SELECT id FROM identifier_claims WHERE state = 'sent' AND expires_at <= now() LIMIT $1 FOR UPDATE SKIP LOCKED
);

-- expire_codes --
-- Codes of claims that have ended are not sent any more.
UPDATE deliveries AS code SET state = 'expired', lease_owner = NULL, lease_until = NULL
WHERE code.channel_config_id IS NOT NULL AND code.part = 0 AND code.state = 'pending'
  AND NOT EXISTS (SELECT FROM identifier_claims WHERE id = code.id AND state = 'sent' AND expires_at > now());

-- turn_standing --
-- $1 conversation, $2 last seq of the burst. Whether it is known of every message who wrote it; the address that waits
-- for a code of the burst's last writer, and how many codes that asked for in a day.
SELECT NOT EXISTS (
           SELECT FROM messages WHERE conversation_id = $1 AND direction = 'inbound' AND NOT sender_verified
       ) AS proven,
       claim.kind, claim.value_raw, (
           SELECT count(*) FROM identifier_claims
           WHERE claimant_id = writer.id AND created_at > now() - interval '1 day'
       ) AS claims
FROM (
    SELECT sender_identifier_id AS id FROM messages
    WHERE conversation_id = $1 AND direction = 'inbound' AND NOT automated AND seq <= $2
    ORDER BY seq DESC
    LIMIT 1
) AS writer
LEFT JOIN identifier_claims AS claim
    ON claim.conversation_id = $1 AND claim.state = 'sent' AND claim.expires_at > now() AND claim.claimant_id = writer.id;
