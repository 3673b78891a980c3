-- A copy repeats a reply by another SupportChannel, channel_config_id, than its conversation's (docs/adr/0044). It stands
-- outside the conversation's order, so conversation_id is NULL: its message says whose it is. The release before goes by
-- that column everywhere and so leaves copies alone. mailbox is where its address leads to, whatever its spelling, and
-- copied_at when it was queued: those to one mailbox are counted. unverified: nobody proved whose address it is.
ALTER TABLE deliveries
    ALTER COLUMN conversation_id DROP NOT NULL,
    ADD COLUMN channel_config_id uuid REFERENCES channel_configs,
    ADD COLUMN mailbox text,
    ADD COLUMN copied_at timestamptz,
    ADD COLUMN unverified boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT deliveries_copied CHECK (
        (conversation_id IS NULL) = (channel_config_id IS NOT NULL)
        AND (channel_config_id IS NULL OR (mailbox IS NOT NULL AND copied_at IS NOT NULL))
    ),
    DROP CONSTRAINT deliveries_message_id_part_key,
    ADD CONSTRAINT deliveries_of_message UNIQUE NULLS NOT DISTINCT (message_id, channel_config_id, part);
CREATE INDEX copies_to_mailbox ON deliveries (mailbox, copied_at) WHERE channel_config_id IS NOT NULL;
CREATE INDEX copies_of_channel ON deliveries (channel_config_id, copied_at) WHERE channel_config_id IS NOT NULL;
CREATE INDEX copies_open ON deliveries (channel_config_id, next_attempt_at)
    WHERE channel_config_id IS NOT NULL AND state IN ('pending', 'sending', 'unknown');
