-- read_cursor --
-- $1 name of a SupportChannel, $2 reader.
SELECT position FROM channel_cursors WHERE channel_name = $1 AND reader = $2;

-- move_cursor --
-- $1 name of a SupportChannel, $2 reader, $3 where it was, NULL for nowhere, $4 where it is. True unless it was elsewhere.
WITH moved AS (
    UPDATE channel_cursors SET position = $4, moved_at = now()
    WHERE channel_name = $1 AND reader = $2 AND position = $3
    RETURNING true
), made AS (
    INSERT INTO channel_cursors (channel_name, reader, position)
    SELECT $1, $2, $4 WHERE $3::text IS NULL
    ON CONFLICT DO NOTHING
    RETURNING true
)
SELECT EXISTS (SELECT FROM moved) OR EXISTS (SELECT FROM made);
