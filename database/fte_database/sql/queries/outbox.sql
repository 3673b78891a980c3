-- fetch_outbox --
-- $1 how many. The oldest unpublished events, in order.
SELECT id, event_id, topic, msg_key, payload FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1;

-- mark_published --
-- $1 ids. Rows are marked one by one, not by a watermark: an id may become visible after a higher one.
UPDATE outbox SET published_at = now() WHERE id = ANY ($1::bigint[]) AND published_at IS NULL;
