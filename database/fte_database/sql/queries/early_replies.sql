-- channel_id --
-- $1 kind of channel, $2 name of a SupportChannel. No row when nothing came in or was told there yet.
SELECT id FROM channel_configs WHERE channel = $1 AND address = $2;

-- ensure_channel --
-- $1 kind of channel, $2 name of a SupportChannel, $3 its limit in characters, which the first message corrects.
INSERT INTO channel_configs (channel, address, max_chars) VALUES ($1, $2, $3) ON CONFLICT (channel, address) DO NOTHING;

-- keep_early --
-- A reply that answers nothing we have; once, however often it is told.
INSERT INTO early_replies (
    channel, channel_name, thread_key, external_id, body, occurred_at, participants, rfc_message_id
)
VALUES (
    :channel, :channel_name, :thread_key, :external_id, :body, :occurred_at, :participants, :message_id
)
ON CONFLICT (channel, external_id) DO NOTHING;

-- forget_early --
-- $1 how long a reply waits for its message.
DELETE FROM early_replies WHERE kept_at < now() - $1::interval;

-- take_early --
-- :occurred_at is when a message of the :thread was written, which is in :conversation. The replies that waited for it,
-- in their order: those before it do not answer it, and wait for an older one; nor do those that were written to none of
-- its :parties. One of which that is not known answers whoever the thread is of.
WITH taken AS (
    DELETE FROM early_replies
    WHERE channel = :channel AND channel_name = :channel_name AND thread_key = :thread AND occurred_at > :occurred_at
      AND CASE
          WHEN participants = '{}' THEN (SELECT linked_to IS NULL FROM conversations WHERE id = :conversation)
          ELSE participants && :parties::text[]
      END
    RETURNING external_id, body, occurred_at, participants, rfc_message_id
)
SELECT external_id, body, occurred_at, participants, rfc_message_id AS message_id FROM taken ORDER BY occurred_at;

-- answered_outside --
-- $1 conversation, $2 when a message of it was written. Whether the employee has it still, though a person answered by
-- other means after that.
SELECT handler = 'ai' AND EXISTS (
    SELECT FROM messages
    WHERE conversation_id = $1 AND author = 'human' AND external_id IS NOT NULL AND occurred_at > $2
)
FROM conversations WHERE id = $1;
