-- management_customers_of --
-- $1 normalised e-mail address or NULL, $2 normalised number or NULL. Per identifier that is known, whose it is now.
SELECT kind, customer_root(customer_id) AS customer_id
FROM customer_identifiers
WHERE (kind = 'email' AND value_norm = $1) OR (kind = 'phone' AND value_norm = $2);

-- management_customer --
-- $1 customer or NULL. The address may be that of a record which became theirs: it stays there.
SELECT id, coalesce(email, (
           SELECT email FROM customers WHERE id IN (SELECT customer_family($1)) AND email IS NOT NULL
           ORDER BY created_at, id
           LIMIT 1
       )) AS email, display_name, created_at
FROM customers
WHERE id = $1;

-- management_identifiers --
-- $1 customer or NULL. Of all records that stand for them, in the order in which they came.
SELECT kind, value_raw AS value, customer_id AS record_id, verified_at, verified_by, opted_out_at, undeliverable_at,
       first_channel, created_at
FROM customer_identifiers
WHERE customer_id IN (SELECT customer_family($1))
ORDER BY id;

-- management_merges --
-- $1 customer or NULL. Merges in force among the records that stand for them.
SELECT id, victim, survivor, actor, reason, merged_at
FROM customer_merges
WHERE split_at IS NULL AND survivor IN (SELECT customer_family($1))
ORDER BY merged_at, id;

-- management_conversation_counts --
-- $1 customer or NULL. By kind of channel: how many, how many of them are not done, and when the newest message came.
SELECT channel, count(*) AS total, count(*) FILTER (WHERE status NOT IN ('resolved', 'closed')) AS unresolved,
       max(last_inbound_at) AS last_inbound_at
FROM conversations
WHERE customer_id IN (SELECT customer_family($1))
GROUP BY channel
ORDER BY channel;
