-- lock_merges --
-- Merges, splits and proofs that may merge take turns, so that no two make a circle. After identifiers, before threads.
SELECT pg_advisory_xact_lock(hashtextextended('merges', 0));

-- lock_identifiers --
-- $1 kinds, $2 normalised values. As `lock_identifier` for each, in an order that everybody takes them in.
SELECT pg_advisory_xact_lock(lock) FROM (
    SELECT DISTINCT hashtextextended('identifier:' || kind || ':' || value_norm, 0) AS lock
    FROM unnest($1::text[], $2::text[]) AS named (kind, value_norm)
    ORDER BY lock
) AS locks;

-- lock_roots --
-- $1 kinds, $2 normalised values. The customers that these identifiers stand for now, as far as they are known. Under
-- `lock_merges`, so they stay that.
SELECT FROM customers
WHERE id = ANY (ARRAY(
    SELECT customer_root(identifier.customer_id)
    FROM unnest($1::text[], $2::text[]) AS named (kind, value_norm)
    JOIN customer_identifiers AS identifier
        ON identifier.kind = named.kind AND identifier.value_norm = named.value_norm
))
ORDER BY id
FOR NO KEY UPDATE;

-- lock_customers --
-- $1 records. Of each that is there and was not erased: what it was merged into, and what it stands for.
SELECT id, merged_into, customer_root(id) AS root FROM customers
WHERE id = ANY ($1::uuid[]) AND erased_at IS NULL
ORDER BY id
FOR NO KEY UPDATE;

-- family_of --
-- $1 record. The customer that it stands for, since when there is one, and whether a record of theirs has an address.
SELECT root.id, root.created_at, EXISTS (
    SELECT FROM customers WHERE id IN (SELECT customer_family(root.id)) AND email IS NOT NULL
) AS addressed
FROM customers AS root
WHERE root.id = customer_root($1);

-- set_merged --
-- $1 victim, $2 survivor. No row when it was merged before.
UPDATE customers SET merged_into = $2 WHERE id = $1 AND merged_into IS NULL RETURNING id;

-- insert_merge --
-- :claim is the proof, NULL where a person decided it.
INSERT INTO customer_merges (victim, survivor, actor, reason, claim_id)
VALUES (:victim, :survivor, :actor, :reason, :claim)
RETURNING id;

-- end_merge --
-- $1 a merge, or its victim, $2 who ends it, $3 a record that it made part of one customer, or NULL for any. The one in
-- force; no row when there is none.
UPDATE customer_merges SET split_at = now(), split_by = $2
WHERE split_at IS NULL AND (id = $1 OR victim = $1)
  AND ($3::uuid IS NULL OR customer_root(victim) = customer_root($3))
RETURNING id, victim, survivor;

-- clear_merged --
-- $1 victim of a merge that has ended.
UPDATE customers SET merged_into = NULL WHERE id = $1;
