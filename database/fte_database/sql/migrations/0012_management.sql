-- What the management API shows and counts.

-- What a customer thought of one reply: stars, whether it helped, a remark. Whoever shows them the reply writes it.
CREATE TABLE message_ratings (
    message_id uuid PRIMARY KEY REFERENCES messages,
    rating smallint CHECK (rating BETWEEN 1 AND 5),
    helped boolean,
    remark text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now()
);

-- The newest first, page by page.
CREATE INDEX tickets_by_time ON tickets (created_at DESC, number DESC);
CREATE INDEX escalations_by_time ON escalations (created_at DESC, id DESC);

-- Those of one conversation, done or not.
CREATE INDEX escalations_of_conversation ON escalations (conversation_id, created_at DESC);

-- Messages of a span of time. They come in that order, so a summary of each block does, and costs a write next to nothing.
CREATE INDEX messages_by_time ON messages USING brin (created_at) WITH (autosummarize = on);
