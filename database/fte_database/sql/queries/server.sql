-- ping --
-- The cheapest proof of life.
SELECT 1;

-- inspect_server --
-- Versions, where pgvector lives, and whether the owner table is there.
SELECT current_setting('server_version_num')::int AS version,
       extension.extversion AS vector_version,
       namespace.nspname AS vector_schema,
       to_regclass('schema_owner') IS NOT NULL AS has_owner_table
FROM (SELECT) AS always
LEFT JOIN pg_extension AS extension ON extension.extname = 'vector'
LEFT JOIN pg_namespace AS namespace ON namespace.oid = extension.extnamespace;

-- read_owner --
-- The employee this database belongs to, as namespace/name; no row before the first migration.
SELECT owner FROM schema_owner;

-- claim_owner --
-- $1 owner. Take an unowned database; an owned one stays as it is.
INSERT INTO schema_owner (owner) VALUES ($1) ON CONFLICT DO NOTHING;

-- lock_migrations --
-- One migration at a time; held until the session ends.
SELECT pg_advisory_lock(hashtext('fte_database'), 1);

-- wait_for_locks --
-- $1 milliseconds that a statement of this transaction waits for a lock, as text.
SELECT set_config('lock_timeout', $1, true);

-- end_when_alone --
-- A statement whose client is gone ends within this time, and holds and queues for no lock longer.
SET client_connection_check_interval = '1s';

-- end_when_idle --
-- $1 milliseconds. From now on the server ends this session when it hears nothing for so long.
SELECT set_config('idle_session_timeout', $1::int::text, false);

-- end_silent_sessions --
-- $1 programs, $2 for how long. Sessions whose client fell silent in the middle of a statement, or of its result; each
-- is waited for up to a second, so that nobody ends it twice. The server has no timeout for those before
-- transaction_timeout of PostgreSQL 17: it counts them as busy, and lets a cancel wait until it has read what the client
-- says next.
SELECT application_name AS program, pg_terminate_backend(pid, 1000) AS ended
FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND application_name = ANY ($1::text[])
  AND state = 'active' AND wait_event IN ('ClientRead', 'ClientWrite') AND state_change < now() - $2::interval;

-- try_lock_singleton --
-- $1 role, $2 key. True when this session now has the right; held until the session ends.
SELECT pg_try_advisory_lock(hashtext('fte_singleton'), hashtext($1::text || ':' || $2::text));

-- create_ledger --
-- What must exist before the first migration: who owns the database, and what was applied to it.
-- The owner table holds at most one row.
DO $$
BEGIN
    CREATE TABLE IF NOT EXISTS schema_owner (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        owner text NOT NULL,
        claimed_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name text PRIMARY KEY,
        checksum text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    );
END
$$;

-- create_vector --
-- Needs a superuser, or CREATE on the database where the extension is trusted.
CREATE EXTENSION IF NOT EXISTS vector;

-- list_migrations --
-- What was applied, by name.
SELECT name, checksum FROM schema_migrations ORDER BY name;

-- record_migration --
-- $1 name, $2 checksum.
INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2);

-- latest_migration --
-- Name of the newest migration applied.
SELECT max(name) FROM schema_migrations;
