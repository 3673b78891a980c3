-- Kinds of channel are rows of a table in code, so no constraint lists them.
ALTER TABLE channel_configs DROP CONSTRAINT channel_configs_channel_check;
ALTER TABLE agent_metrics DROP CONSTRAINT agent_metrics_channel_check;

-- A customer's word that they do not want to be written to there; NULL again once they take it back.
ALTER TABLE customer_identifiers ADD COLUMN opted_out_at timestamptz;

-- Where the answer to a message goes, and what came with it that is not text.
ALTER TABLE messages
    ADD COLUMN reply_target jsonb,
    ADD COLUMN attachments jsonb NOT NULL DEFAULT '[]';

-- Until when free text may be sent; NULL for ever. No release has written it under its old name.
ALTER TABLE conversations RENAME COLUMN wa_window_until TO reply_window_until;

-- A mail may reach two channels under one id, and a thread only once. Ids of deliveries stay unique per kind: no two
-- accounts of one provider give the same out.
DROP INDEX messages_external;
CREATE UNIQUE INDEX messages_external ON messages (external_id, conversation_id) WHERE external_id IS NOT NULL;

-- target is what ties a part to the message it answers (the release before leaves it empty). placeholder_sent_at,
-- placeholder_id: a template invited the customer to write, and the part waits for that. unconfirmed_since: of a part
-- in state unknown. lookups: how often the provider was asked in vain. previous_ids: provider's ids that stood for
-- this part before.
ALTER TABLE deliveries
    ADD COLUMN target jsonb,
    ADD COLUMN recipient_id bigint REFERENCES customer_identifiers,
    ADD COLUMN placeholder_sent_at timestamptz,
    ADD COLUMN placeholder_id text,
    ADD COLUMN unconfirmed_since timestamptz,
    ADD COLUMN lookups smallint NOT NULL DEFAULT 0,
    ADD COLUMN previous_ids text[] NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX deliveries_placeholder ON deliveries (channel, placeholder_id) WHERE placeholder_id IS NOT NULL;
CREATE INDEX deliveries_previous ON deliveries USING gin (previous_ids);
CREATE INDEX deliveries_to_recipient ON deliveries (channel, recipient) WHERE state IN ('sending', 'unknown');

-- Parts of a channel's health that a worker found out; error is NULL where a part is well.
CREATE TABLE channel_health (
    channel_name text NOT NULL,
    part text NOT NULL,
    error text,
    since timestamptz NOT NULL DEFAULT now(),
    checked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel_name, part)
);

-- How far a reader of a channel's own history has come, in the provider's terms; it outlives whoever reads.
CREATE TABLE channel_cursors (
    channel_name text NOT NULL,
    reader text NOT NULL,
    position text NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel_name, reader)
);
