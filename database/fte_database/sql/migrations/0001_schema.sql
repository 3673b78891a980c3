-- The CRM of one employee. schema_owner and schema_migrations exist already; the extension vector too.
-- A status is text with a CHECK, not an enum: a later migration widens it while the old release runs.

-- Channels --------------------------------------------------------------------------------------

-- One address the employee listens on. For web_form the address is the SupportChannel's name.
CREATE TABLE channel_configs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    channel text NOT NULL CHECK (channel IN ('email', 'whatsapp', 'web_form')),
    address text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    max_chars int NOT NULL,
    secret_ref text,
    settings jsonb NOT NULL DEFAULT '{}',
    sync_cursor text,
    cursor_internal_date timestamptz,
    watch_expires_at timestamptz,
    last_push_at timestamptz,
    UNIQUE (channel, address)
);

-- Customers -------------------------------------------------------------------------------------

-- email is the primary key of people: normalised, and set only once a channel verified it.
CREATE TABLE customers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text UNIQUE,
    display_name text,
    locale text,
    tz text,
    metadata jsonb NOT NULL DEFAULT '{}',
    merged_into uuid REFERENCES customers,
    do_not_contact_at timestamptz,
    erased_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (merged_into IS DISTINCT FROM id)
);

CREATE TABLE customer_identifiers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers,
    kind text NOT NULL CHECK (kind IN ('email', 'phone', 'wa_bsuid', 'web_session', 'external')),
    value_norm text NOT NULL,
    value_raw text NOT NULL,
    verified_at timestamptz,
    verified_by text,
    first_channel text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, value_norm)
);
CREATE INDEX identifiers_of_customer ON customer_identifiers (customer_id);

-- Conversations ---------------------------------------------------------------------------------

-- One thread of one channel; a closed thread that is written to again is its next generation.
-- epoch fences leases: a commit under an older epoch changes nothing. The burst to answer is the
-- inbound messages after answered_through_seq up to last_inbound_seq; due_at is when its turn may start.
CREATE TABLE conversations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customer_id uuid NOT NULL REFERENCES customers,
    channel_config_id uuid NOT NULL REFERENCES channel_configs,
    channel text NOT NULL,
    thread_key text NOT NULL,
    generation int NOT NULL DEFAULT 1,
    subject text,
    status text NOT NULL DEFAULT 'open'
        CHECK (status IN ('open', 'waiting_customer', 'waiting_human', 'resolved', 'closed')),
    handler text NOT NULL DEFAULT 'ai' CHECK (handler IN ('ai', 'human', 'none')),
    handler_since timestamptz NOT NULL DEFAULT now(),
    assignee text,
    last_seq bigint NOT NULL DEFAULT 0,
    last_inbound_seq bigint NOT NULL DEFAULT 0,
    last_inbound_at timestamptz,
    answered_through_seq bigint NOT NULL DEFAULT 0,
    context_from_seq bigint NOT NULL DEFAULT 0,
    unanswered_since timestamptz,
    due_at timestamptz,
    epoch bigint NOT NULL DEFAULT 0,
    attempts int NOT NULL DEFAULT 0,
    superseded int NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until timestamptz,
    wa_window_until timestamptz,
    started_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolution text,
    CHECK (answered_through_seq <= last_seq),
    UNIQUE (channel_config_id, thread_key, generation)
);
CREATE UNIQUE INDEX one_live_thread ON conversations (channel_config_id, thread_key)
    WHERE status NOT IN ('resolved', 'closed');
CREATE INDEX conversations_due ON conversations (due_at)
    WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq;
CREATE INDEX conversations_of_customer ON conversations (customer_id, started_at DESC);
CREATE INDEX conversations_by_inbound ON conversations (channel_config_id, last_inbound_at DESC NULLS LAST);

CREATE TABLE tickets (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    customer_id uuid NOT NULL REFERENCES customers,
    conversation_id uuid NOT NULL REFERENCES conversations,
    source_channel text NOT NULL,
    category text NOT NULL,
    priority text NOT NULL DEFAULT 'medium',
    status text NOT NULL DEFAULT 'open'
        CHECK (status IN ('open', 'in_progress', 'waiting', 'escalated', 'resolved', 'closed')),
    status_token_sha256 text,
    created_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolution_notes text
);
CREATE UNIQUE INDEX one_open_ticket ON tickets (conversation_id) WHERE status NOT IN ('resolved', 'closed');
CREATE INDEX tickets_of_conversation ON tickets (conversation_id, number DESC);
CREATE INDEX tickets_of_customer ON tickets (customer_id);

-- seq counts from 1 without gaps. sender_* say who wrote an inbound message and whether the channel
-- proved it for this very message: an address that was proven elsewhere proves nothing here.
CREATE TABLE messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES conversations,
    seq bigint NOT NULL,
    channel text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'internal')),
    author text NOT NULL CHECK (author IN ('customer', 'ai', 'human', 'system')),
    sender_identifier_id bigint REFERENCES customer_identifiers,
    sender_name text,
    sender_verified boolean NOT NULL DEFAULT false,
    body text NOT NULL,
    body_full text,
    external_id text,
    rfc_message_id text,
    in_reply_to text,
    automated boolean NOT NULL DEFAULT false,
    run_id uuid,
    epoch bigint,
    latency_ms int,
    tokens_used int,
    tool_calls jsonb NOT NULL DEFAULT '[]',
    citations jsonb NOT NULL DEFAULT '[]',
    metadata jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, seq)
);
CREATE UNIQUE INDEX messages_external ON messages (channel, external_id) WHERE external_id IS NOT NULL;
CREATE UNIQUE INDEX one_reply_per_run ON messages (run_id) WHERE direction = 'outbound' AND run_id IS NOT NULL;
CREATE INDEX messages_rfc ON messages (rfc_message_id) WHERE rfc_message_id IS NOT NULL;

-- Every event a channel ever delivered, once: (source, dedupe_key) is the same event for ever.
CREATE TABLE inbound_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    dedupe_key text NOT NULL,
    payload jsonb NOT NULL,
    status text NOT NULL DEFAULT 'received' CHECK (status IN ('received', 'processed', 'ignored', 'dead')),
    reason text,
    attempts int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz DEFAULT now(),
    message_id uuid REFERENCES messages,
    ticket_id uuid REFERENCES tickets,
    received_at timestamptz NOT NULL DEFAULT now(),
    processed_at timestamptz,
    UNIQUE (source, dedupe_key)
);

-- The employee's work ---------------------------------------------------------------------------

-- One row per claim; revision names the behaviour document it ran under.
CREATE TABLE agent_runs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES conversations,
    epoch bigint NOT NULL,
    from_seq bigint NOT NULL,
    to_seq bigint NOT NULL,
    status text NOT NULL
        CHECK (status IN ('running', 'committed', 'superseded', 'abandoned', 'failed', 'escalated')),
    worker text,
    revision text,
    model text,
    prompt_version text,
    kb_version text,
    input_tokens int,
    cached_tokens int,
    output_tokens int,
    cost_micro_usd bigint,
    llm_ms int,
    total_ms int,
    top_score real,
    decision jsonb,
    error text,
    started_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (conversation_id, epoch)
);

-- One part of one reply on its way out, in order (ordinal, part) within its conversation.
-- held waits for a person's release; state_rank only grows (see queries/deliveries.sql).
CREATE TABLE deliveries (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES conversations,
    message_id uuid NOT NULL REFERENCES messages,
    ordinal bigint NOT NULL,
    part int NOT NULL DEFAULT 1,
    channel text NOT NULL,
    recipient text NOT NULL,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN (
        'held', 'pending', 'sending', 'unknown', 'accepted', 'sent', 'delivered', 'read',
        'failed', 'expired', 'cancelled'
    )),
    state_rank smallint NOT NULL DEFAULT 0,
    provider_id text,
    error_code text,
    error_class text,
    error text,
    attempts int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    epoch bigint NOT NULL DEFAULT 0,
    lease_owner text,
    lease_until timestamptz,
    first_sent_at timestamptz,
    accepted_at timestamptz,
    delivered_at timestamptz,
    UNIQUE (message_id, part)
);
CREATE UNIQUE INDEX deliveries_provider ON deliveries (channel, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX deliveries_of_conversation ON deliveries (conversation_id, ordinal, part);

-- What providers say of a delivery, in any order, perhaps before we know the id ourselves.
CREATE TABLE delivery_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel text NOT NULL,
    provider_id text NOT NULL,
    status text NOT NULL,
    error_code text,
    raw jsonb,
    received_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (channel, provider_id, status, error_code)
);

CREATE TABLE escalations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    ticket_id uuid NOT NULL REFERENCES tickets,
    conversation_id uuid NOT NULL REFERENCES conversations,
    reason_code text NOT NULL,
    trigger text NOT NULL CHECK (trigger IN ('rule', 'model', 'customer', 'failure', 'guardrail')),
    summary text NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'claimed', 'returned', 'resolved')),
    assignee text,
    sla_due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    claimed_at timestamptz,
    first_human_reply_at timestamptz,
    returned_at timestamptz,
    resolved_at timestamptz,
    was_correct boolean
);
CREATE UNIQUE INDEX one_open_escalation ON escalations (conversation_id) WHERE status IN ('open', 'claimed');

-- Knowledge -------------------------------------------------------------------------------------

-- A snapshot is immutable and whole: its row and its sections come in one transaction.
CREATE TABLE knowledge_snapshots (
    snapshot text NOT NULL,
    embedder text NOT NULL,
    dimensions int NOT NULL CHECK (dimensions > 0),
    sections int NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (snapshot, embedder)
);

-- One section with its embedding. No vector index: below 50,000 sections an exact scan of one
-- snapshot is fast enough and never returns too few rows.
CREATE TABLE knowledge_base (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    snapshot text NOT NULL,
    embedder text NOT NULL,
    source_uri text NOT NULL,
    title text NOT NULL,
    heading text NOT NULL DEFAULT '',
    content text NOT NULL,
    visibility text NOT NULL DEFAULT 'public' CHECK (visibility IN ('public', 'internal')),
    embedding halfvec NOT NULL,
    tsv tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title || ' ' || heading), 'A')
        || setweight(to_tsvector('english', content), 'B')
    ) STORED,
    UNIQUE (snapshot, embedder, source_uri),
    FOREIGN KEY (snapshot, embedder) REFERENCES knowledge_snapshots ON DELETE CASCADE
);
CREATE INDEX knowledge_terms ON knowledge_base USING gin (tsv);

-- Telling others --------------------------------------------------------------------------------

-- Events in commit order per key; one relay publishes them in id order.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    msg_key text NOT NULL,
    event_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    payload jsonb NOT NULL,
    headers jsonb NOT NULL DEFAULT '{}',
    attempts int NOT NULL DEFAULT 0,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
);
CREATE INDEX outbox_pending ON outbox (id) WHERE published_at IS NULL;

CREATE TABLE processed_events (
    consumer text,
    event_id uuid,
    processed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);

CREATE TABLE metric_samples (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid UNIQUE,
    name text NOT NULL,
    channel text,
    value double precision NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    dims jsonb NOT NULL DEFAULT '{}'
);

-- channel is a channel's kind or 'all', never NULL.
CREATE TABLE agent_metrics (
    bucket_start timestamptz,
    bucket interval,
    channel text NOT NULL DEFAULT 'all' CHECK (channel IN ('all', 'email', 'whatsapp', 'web_form')),
    metric text,
    numerator double precision NOT NULL,
    denominator double precision NOT NULL,
    p50 double precision,
    p95 double precision,
    PRIMARY KEY (bucket_start, bucket, channel, metric)
);

CREATE TABLE daily_reports (
    day date,
    tz text,
    body jsonb NOT NULL,
    generated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (day, tz)
);

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);
