-- What is erased and what is kept no longer, see docs/privacy.md.

-- What is left of a key by which something is known again, once what it was of is erased: enough to see that it came
-- before. Keys are a provider's or of random parts, so nobody guesses one.
CREATE FUNCTION erased_key(key text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN key LIKE 'erased:%' THEN key ELSE 'erased:' || encode(sha256(convert_to(key, 'UTF8')), 'hex') END
$$;

-- A new event, or a dead letter that is played again; NULL for one that came before, also where what it was is erased.
-- That is looked for after the key was taken: an erasure that is under way holds the key until it has left the hash.
CREATE FUNCTION take_event(of_source text, key text, content jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    taken bigint;
BEGIN
    INSERT INTO inbound_events AS event (source, dedupe_key, payload)
    VALUES (of_source, key, content)
    ON CONFLICT (source, dedupe_key) DO UPDATE
        SET status = 'received', reason = NULL, payload = EXCLUDED.payload
        WHERE event.status = 'dead'
    RETURNING id INTO taken;
    IF taken IS NOT NULL
        AND EXISTS (SELECT FROM inbound_events WHERE source = of_source AND dedupe_key = erased_key(key)) THEN
        DELETE FROM inbound_events WHERE id = taken;
        RETURN NULL;
    END IF;
    RETURN taken;
END
$$;

-- Every erasure of a customer: the records that were erased, how many rows of each table, and what became of the topics,
-- NULL until that is done. shared are conversations in which others wrote, too: their words stay.
CREATE TABLE erasures (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    customers uuid[] NOT NULL,
    actor text NOT NULL,
    forced boolean NOT NULL DEFAULT false,
    erased_at timestamptz NOT NULL DEFAULT now(),
    counts jsonb NOT NULL,
    shared uuid[] NOT NULL DEFAULT '{}',
    topics jsonb,
    finished_at timestamptz
);
CREATE INDEX erasures_of_customer ON erasures USING gin (customers);

-- What an erasure looks up while it keeps others out, and retention for each batch.
CREATE INDEX events_of_message ON inbound_events (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX names_of_delivery ON delivery_names (delivery_id);
CREATE INDEX audit_of_subject ON audit_log (subject);

-- Who wrote what: an erasure begins with it, and an identifier is deleted only once no message names it.
CREATE INDEX messages_of_sender ON messages (sender_identifier_id) WHERE sender_identifier_id IS NOT NULL;
CREATE INDEX participants_of_address ON conversation_participants (address);
