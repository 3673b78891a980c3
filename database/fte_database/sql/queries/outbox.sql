-- fetch_outbox --
-- $1 how many, $2 topics to leave out. The oldest unpublished events, in order.
SELECT id, event_id, topic, msg_key, payload
FROM outbox
WHERE published_at IS NULL AND topic <> ALL ($2::text[])
ORDER BY id
LIMIT $1;

-- mark_published --
-- $1 ids. Rows are marked one by one, not by a watermark: an id may become visible after a higher one.
UPDATE outbox SET published_at = now() WHERE id = ANY ($1::bigint[]) AND published_at IS NULL;
