-- report_health --
-- $1 name of a SupportChannel, $2 part, $3 error or NULL. Written when it says something new, or every half minute.
INSERT INTO channel_health AS known (channel_name, part, error) VALUES ($1, $2, $3)
ON CONFLICT (channel_name, part) DO UPDATE
    SET error = EXCLUDED.error, checked_at = now(),
        since = CASE WHEN known.error IS NOT DISTINCT FROM EXCLUDED.error THEN known.since ELSE now() END
    WHERE known.error IS DISTINCT FROM EXCLUDED.error OR known.checked_at < now() - interval '30 seconds';

-- read_health --
-- Every part of every channel.
SELECT channel_name, part, error, checked_at FROM channel_health;
