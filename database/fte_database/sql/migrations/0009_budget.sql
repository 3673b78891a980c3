-- The ledger of docs/budget.md, in micro-dollars. A day is one of UTC. Its totals are the sums of its entries:
-- whoever changes one changes the other, under the lock of queries/budget.sql. day_refused_micro_usd is the most that
-- the latest request would have cost that found no room in the day, year_refused_micro_usd the same of the year.
CREATE TABLE budget_days (
    day date PRIMARY KEY,
    spent_micro_usd bigint NOT NULL DEFAULT 0 CHECK (spent_micro_usd >= 0),
    reserved_micro_usd bigint NOT NULL DEFAULT 0 CHECK (reserved_micro_usd >= 0),
    day_refused_micro_usd bigint NOT NULL DEFAULT 0,
    year_refused_micro_usd bigint NOT NULL DEFAULT 0
);

-- model and embedding of a turn, by conversation_id and epoch as in agent_runs; embedding of documents, by neither;
-- channel of one delivery. What is reserved is charged at expires_at if nobody settled it. estimated: at least one request
-- is charged at its ceiling, as nobody knows what it used. added: it is in its day's totals; a fee is there after the next
-- lock. No foreign keys: what was spent stays spent.
CREATE TABLE budget_entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('model', 'embedding', 'channel')),
    day date NOT NULL,
    conversation_id uuid,
    epoch bigint,
    delivery_id uuid,
    spent_micro_usd bigint NOT NULL DEFAULT 0 CHECK (spent_micro_usd >= 0),
    reserved_micro_usd bigint NOT NULL DEFAULT 0 CHECK (reserved_micro_usd >= 0),
    estimated boolean NOT NULL DEFAULT false,
    added boolean NOT NULL DEFAULT true,
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, epoch, kind),
    CHECK (reserved_micro_usd = 0 OR expires_at IS NOT NULL)
);
CREATE INDEX budget_entries_of_day ON budget_entries (day);
CREATE INDEX budget_entries_open ON budget_entries (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX budget_entries_not_added ON budget_entries (day) WHERE NOT added;

-- What a worker says that is no fault of its own, such as of the budget: earlier releases read roles alone.
ALTER TABLE worker_health ADD COLUMN notes jsonb NOT NULL DEFAULT '{}';

-- What each conversation has cost, by kind. estimated as above.
CREATE VIEW conversation_costs AS
SELECT conversation_id,
       coalesce(sum(spent_micro_usd) FILTER (WHERE kind = 'model'), 0)::bigint AS model_micro_usd,
       coalesce(sum(spent_micro_usd) FILTER (WHERE kind = 'embedding'), 0)::bigint AS embedding_micro_usd,
       coalesce(sum(spent_micro_usd) FILTER (WHERE kind = 'channel'), 0)::bigint AS channel_micro_usd,
       sum(spent_micro_usd)::bigint AS total_micro_usd,
       bool_or(estimated) AS estimated
FROM budget_entries
WHERE conversation_id IS NOT NULL
GROUP BY conversation_id;
