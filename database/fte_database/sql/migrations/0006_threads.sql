-- Which conversation a message belongs to where anybody can write into a thread, see docs/adr/0042.

-- Whom messages of a conversation were written to besides us; who wrote them is known by the messages.
CREATE TABLE conversation_participants (
    conversation_id uuid NOT NULL REFERENCES conversations,
    address text NOT NULL,
    PRIMARY KEY (conversation_id, address)
);

-- Everybody who takes part in a conversation: who wrote in it, where their answers go, whom they wrote to. Addresses
-- are in lower case, as `value_norm` is.
CREATE VIEW conversation_parties AS
SELECT message.conversation_id, identifier.value_norm AS address
FROM messages AS message
JOIN customer_identifiers AS identifier ON identifier.id = message.sender_identifier_id
WHERE message.direction = 'inbound'
UNION
SELECT conversation_id, lower(trim(reply_target ->> 'address') COLLATE "C")
FROM messages
WHERE direction = 'inbound' AND reply_target ->> 'address' IS NOT NULL
UNION
SELECT conversation_id, address FROM conversation_participants;

-- Threads of the provider's whose messages came into a conversation that is named after another one.
CREATE TABLE conversation_threads (
    channel_config_id uuid NOT NULL REFERENCES channel_configs,
    thread_key text NOT NULL,
    conversation_id uuid NOT NULL REFERENCES conversations,
    PRIMARY KEY (channel_config_id, thread_key, conversation_id)
);

-- The conversation that its first message named, but whose writer takes no part there.
ALTER TABLE conversations ADD COLUMN linked_to uuid REFERENCES conversations;

-- Ids that the provider gave the messages which carry a part, instead of ours: a part that was sent twice has two.
CREATE TABLE delivery_names (
    name text NOT NULL,
    delivery_id uuid NOT NULL REFERENCES deliveries,
    PRIMARY KEY (name, delivery_id)
);

-- Whom a reply by other means was written to, and its own id; the release before leaves both empty.
ALTER TABLE early_replies
    ADD COLUMN participants text[] NOT NULL DEFAULT '{}',
    ADD COLUMN rfc_message_id text NOT NULL DEFAULT '';

-- Two mails may have one id and different texts, and then both are kept, also in one conversation.
DROP INDEX messages_external;
CREATE INDEX messages_external ON messages (external_id, conversation_id) WHERE external_id IS NOT NULL;
