-- One customer across channels, see docs/adr/0049. A merge moves no row: customers.merged_into alone says whose record
-- this one has become, and every row stays with the customer whose identifier brought it. So a split restores all.

-- Every merge there ever was; one is in force until it is split, and then stands in customers.merged_into, too. actor is
-- `customer` for a proof by code, which claim_id names, and otherwise who decided it.
CREATE TABLE customer_merges (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    victim uuid NOT NULL REFERENCES customers,
    survivor uuid NOT NULL REFERENCES customers,
    actor text NOT NULL,
    reason text NOT NULL DEFAULT '',
    claim_id uuid,
    merged_at timestamptz NOT NULL DEFAULT now(),
    split_at timestamptz,
    split_by text,
    CHECK (victim <> survivor)
);
CREATE UNIQUE INDEX one_merge_in_force ON customer_merges (victim) WHERE split_at IS NULL;
CREATE INDEX merges_into ON customer_merges (survivor) WHERE split_at IS NULL;
CREATE INDEX customers_merged ON customers (merged_into) WHERE merged_into IS NOT NULL;

-- An address that a customer says is theirs. A code went to it, and whoever writes that code in the conversation owns
-- both. The code goes out by the delivery that has the claim's id, part 0 of the message that announces it, beside the
-- conversation. mailbox is where it went, whatever the address's spelling, since codes to one are counted; empty where none
-- went out. code_sha256 is of the claim's id and the code, and gone once the claim has ended. conflict: it was proven, but
-- both customers have an address of their own in customers.email, so a person decides.
CREATE TABLE identifier_claims (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    conversation_id uuid NOT NULL REFERENCES conversations,
    claimant_id bigint NOT NULL REFERENCES customer_identifiers,
    kind text NOT NULL,
    value_norm text NOT NULL,
    value_raw text NOT NULL,
    mailbox text NOT NULL,
    code_sha256 bytea,
    attempts smallint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'sent'
        CHECK (state IN ('sent', 'confirmed', 'conflict', 'refused', 'expired', 'replaced')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK ((state = 'sent') = (code_sha256 IS NOT NULL)),
    CHECK ((state = 'sent') = (ended_at IS NULL))
);
CREATE UNIQUE INDEX one_open_claim ON identifier_claims (conversation_id) WHERE state = 'sent';
CREATE INDEX claims_to_mailbox ON identifier_claims (mailbox, created_at);
CREATE INDEX claims_by ON identifier_claims (claimant_id, created_at);

-- The customer that a record stands for now: the end of its merges.
CREATE FUNCTION customer_root(customer uuid) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE up (id, merged_into, depth) AS (
        SELECT id, merged_into, 0 FROM customers WHERE id = customer
        UNION ALL
        SELECT next.id, next.merged_into, up.depth + 1
        FROM up JOIN customers AS next ON next.id = up.merged_into
        WHERE up.depth < 1000
    )
    SELECT id FROM up ORDER BY depth DESC LIMIT 1
$$;

-- Every record that stands for the same customer as this one, itself among them.
CREATE FUNCTION customer_family(customer uuid) RETURNS SETOF uuid LANGUAGE sql STABLE PARALLEL SAFE ROWS 2 AS $$
    WITH RECURSIVE down (id) AS (
        SELECT customer_root(customer)
        UNION
        SELECT next.id FROM down JOIN customers AS next ON next.merged_into = down.id
    )
    SELECT id FROM down
$$;

-- A code is forgotten once it is out, or never will be, whichever release sees to it.
CREATE FUNCTION forget_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.body := '';
    RETURN NEW;
END
$$;
CREATE TRIGGER forget_code BEFORE UPDATE ON deliveries FOR EACH ROW
WHEN (
    NEW.part = 0 AND NEW.channel_config_id IS NOT NULL
    AND NEW.state IN ('accepted', 'sent', 'delivered', 'read', 'failed', 'expired', 'cancelled')
)
EXECUTE FUNCTION forget_code();
