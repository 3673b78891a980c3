-- report_health --
-- $1 name of a SupportChannel, $2 part, $3 error or NULL. Written when it says something new, or every half minute. An
-- error is kept beyond its end, as the position of the channel's reader 'last-error'.
WITH written AS (
    INSERT INTO channel_health AS known (channel_name, part, error) VALUES ($1, $2, $3)
    ON CONFLICT (channel_name, part) DO UPDATE
        SET error = EXCLUDED.error, checked_at = now(),
            since = CASE WHEN known.error IS NOT DISTINCT FROM EXCLUDED.error THEN known.since ELSE now() END
        WHERE known.error IS DISTINCT FROM EXCLUDED.error OR known.checked_at < now() - interval '30 seconds'
    RETURNING error
)
INSERT INTO channel_cursors (channel_name, reader, position)
SELECT $1, 'last-error', $2 || ': ' || error FROM written WHERE error IS NOT NULL
ON CONFLICT (channel_name, reader) DO UPDATE SET position = EXCLUDED.position, moved_at = now();

-- read_health --
-- Every part of every channel.
SELECT channel_name, part, error, since, checked_at FROM channel_health;

-- read_marks --
-- When each channel was last read to its end, where it is read at all, and how many seconds ago by the server's own
-- clock; its last error, which may be over.
SELECT channel_name, reader, position, moved_at, extract(epoch FROM now() - moved_at)::float8 AS age
FROM channel_cursors WHERE reader IN ('read', 'last-error');

-- report_worker --
-- $1 worker, $2 its roles, $3 its notes. Rows of workers that vanished without a word go after a day.
WITH vanished AS (DELETE FROM worker_health WHERE reported_at < now() - interval '1 day' AND worker <> $1)
INSERT INTO worker_health (worker, roles, notes) VALUES ($1, $2, $3)
ON CONFLICT (worker) DO UPDATE SET roles = EXCLUDED.roles, notes = EXCLUDED.notes, reported_at = now();

-- forget_worker --
-- $1 worker that ended as told.
DELETE FROM worker_health WHERE worker = $1;

-- read_workers --
-- What every worker said last, and how many seconds ago by the server's own clock.
SELECT worker, roles, notes, extract(epoch FROM now() - reported_at)::float8 AS age FROM worker_health;

-- probe_write --
-- A small write that is kept: refused where any other would be, and slow where any other would be.
INSERT INTO write_probe (only_row) VALUES (true) ON CONFLICT (only_row) DO UPDATE SET written_at = now();
