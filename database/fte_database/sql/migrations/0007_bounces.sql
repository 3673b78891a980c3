-- Since when a server says that no message reaches this address; NULL again once one comes from it.
ALTER TABLE customer_identifiers ADD COLUMN undeliverable_at timestamptz;

-- What was said to somebody lately, in whichever conversation.
CREATE INDEX deliveries_of_recipient ON deliveries (recipient_id, due_since);

-- A mailbox has one address for each word behind a plus (RFC 5233).
CREATE INDEX identifiers_of_mailbox ON customer_identifiers (kind, regexp_replace(value_norm, '\+[^@]*@', '@'));
