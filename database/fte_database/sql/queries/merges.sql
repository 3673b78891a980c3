-- lock_customer --
-- $1 customer. Its record; no row when there is none.
SELECT id, merged_into FROM customers WHERE id = $1 FOR UPDATE;

-- root_of --
-- $1 customer. The customer that it stands for now.
SELECT customer_root($1);

-- set_merged --
-- $1 customer, $2 what it becomes part of, or NULL.
UPDATE customers SET merged_into = $2 WHERE id = $1;

-- insert_merge --
-- $1 victim, $2 survivor, $3 who, $4 why.
INSERT INTO customer_merges (victim, survivor, actor, reason) VALUES ($1, $2, $3, $4) RETURNING id;

-- find_merge --
-- $1 a merge, or its victim. The one in force.
SELECT id, victim, survivor FROM customer_merges WHERE (id = $1 OR victim = $1) AND split_at IS NULL FOR UPDATE;

-- end_merge --
-- $1 merge, $2 who.
UPDATE customer_merges SET split_at = now(), split_by = $2 WHERE id = $1;
