-- When a customer said their last word on being written to: words may arrive in another order.
ALTER TABLE customer_identifiers ADD COLUMN preference_at timestamptz;

-- Since when a part has waited for us and not for the customer.
ALTER TABLE deliveries ADD COLUMN due_since timestamptz NOT NULL DEFAULT now();

-- A person is told while the employee goes on, so it owns no message of the customer's.
ALTER TABLE escalations ADD COLUMN advisory boolean NOT NULL DEFAULT false;

-- Parts that have yet to reach their customer: not those that a take-over or a wish for silence stopped, nor those that
-- wait until the customer has answered a template; while free text may be sent, none waits for that.
CREATE VIEW undelivered_parts AS
SELECT delivery.id, delivery.conversation_id, delivery.error_code, delivery.due_since
FROM deliveries AS delivery
JOIN messages AS message ON message.id = delivery.message_id
JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
WHERE delivery.state IN ('pending', 'sending', 'unknown')
  AND (message.author <> 'ai' OR conversation.handler = 'ai')
  AND NOT EXISTS (
      SELECT FROM customer_identifiers WHERE id = delivery.recipient_id AND opted_out_at IS NOT NULL
  )
  AND NOT EXISTS (
      SELECT FROM deliveries AS announced
      WHERE announced.conversation_id = delivery.conversation_id AND announced.state = 'pending'
        AND announced.placeholder_sent_at IS NOT NULL AND (conversation.reply_window_until > now()) IS NOT TRUE
  );

-- What a person answered by other means than ours while the message answered had not come in: it waits here for that
-- message, see docs/adr/0034. What waits for nobody is forgotten after a while.
CREATE TABLE early_replies (
    channel text NOT NULL,
    external_id text NOT NULL,
    channel_name text NOT NULL,
    thread_key text NOT NULL,
    body text NOT NULL,
    occurred_at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel, external_id)
);
CREATE INDEX early_replies_thread ON early_replies (channel, channel_name, thread_key);
CREATE INDEX early_replies_age ON early_replies (kept_at);
