-- erase_claims --
-- :identifiers and :own conversations of theirs, and claims of others to their :kinds and :values.
DELETE FROM identifier_claims AS claim
WHERE claim.claimant_id = ANY (:identifiers::bigint[]) OR claim.conversation_id = ANY (:own::uuid[])
   OR EXISTS (
       SELECT FROM unnest(:kinds::text[], :values::text[]) AS theirs (kind, value)
       WHERE theirs.kind = claim.kind AND theirs.value = claim.value_norm
   );

-- erase_merges --
-- $1 customers. Why they were merged.
UPDATE customer_merges SET reason = '' WHERE victim = ANY ($1::uuid[]) OR survivor = ANY ($1::uuid[]);

-- erase_identifiers --
-- $1 identifiers.
DELETE FROM customer_identifiers WHERE id = ANY ($1::bigint[]);

-- erase_customers --
-- $1 customers.
UPDATE customers
SET email = NULL, display_name = NULL, locale = NULL, tz = NULL, metadata = '{}', erased_at = coalesce(erased_at, now())
WHERE id = ANY ($1::uuid[]);

-- insert_erasure --
-- What was done.
INSERT INTO erasures (customers, actor, forced, counts, shared) VALUES (:customers, :actor, :forced, :counts, :shared)
RETURNING id, customers, actor, forced, erased_at, counts, shared, topics, finished_at;

-- newest_erasure --
-- $1 customer. The latest that it was part of.
SELECT id, customers, actor, forced, erased_at, counts, shared, topics, finished_at
FROM erasures WHERE customers @> ARRAY[$1::uuid]
ORDER BY erased_at DESC
LIMIT 1;

-- finish_erasure --
-- $1 erasure, $2 what became of each topic. Done once.
UPDATE erasures SET topics = $2, finished_at = now()
WHERE id = $1 AND finished_at IS NULL
RETURNING id, customers, actor, forced, erased_at, counts, shared, topics, finished_at;

-- take_letters --
-- Of all erasures one at a time reads and writes dead letters. It is the session's until `leave_letters`, or its end.
SELECT pg_advisory_lock(hashtextextended('dead letters', 0));

-- leave_letters --
-- The next one's turn.
SELECT pg_advisory_unlock(hashtextextended('dead letters', 0));

-- allow_long_statements --
-- $1 milliseconds that a statement of this transaction may take.
SELECT set_config('statement_timeout', $1, true);
