-- Which public sections of a snapshot hold a lexeme, and how many: the text arm of the search reads those of the rarest
-- words alone and never a row that it does not propose. The knowledge job writes them with a snapshot, or for the one
-- that it finds there; until then a snapshot is searched by knowledge_terms, as by the release before.
CREATE TABLE knowledge_postings (
    snapshot text NOT NULL,
    embedder text NOT NULL,
    lexeme text NOT NULL,
    frequency int NOT NULL,
    sections bigint[] NOT NULL,
    PRIMARY KEY (snapshot, embedder, lexeme),
    FOREIGN KEY (snapshot, embedder) REFERENCES knowledge_snapshots ON DELETE CASCADE
);

-- The index of one snapshot. It holds nothing of another, so the search in it skips none but internal sections.
CREATE FUNCTION index_sections(of_snapshot text, of_embedder text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    size int;
BEGIN
    UPDATE knowledge_snapshots SET indexed = true
    WHERE snapshot = of_snapshot AND embedder = of_embedder
    RETURNING dimensions INTO STRICT size;
    EXECUTE format(
        'CREATE INDEX IF NOT EXISTS %I ON knowledge_base USING hnsw ((embedding::halfvec(%s)) halfvec_cosine_ops)'
        ' WHERE snapshot = %L AND embedder = %L',
        'knowledge_near_' || left(md5(of_snapshot || ' ' || of_embedder), 16), size, of_snapshot, of_embedder
    );
END
$$;

-- The public sections nearest to question, nearest first: by the snapshot's index if it has one, which the planner sees
-- by the literals of its predicate alone, and otherwise by comparing all.
CREATE FUNCTION nearest_sections(of_snapshot text, of_embedder text, question halfvec, most int)
RETURNS SETOF bigint LANGUAGE plpgsql STABLE ROWS 20 AS $$
DECLARE
    size int;
BEGIN
    SELECT dimensions INTO size FROM knowledge_snapshots
    WHERE snapshot = of_snapshot AND embedder = of_embedder AND indexed;
    IF size IS NULL THEN
        RETURN QUERY SELECT id FROM knowledge_base
        WHERE snapshot = of_snapshot AND embedder = of_embedder AND visibility = 'public'
        ORDER BY embedding <=> question LIMIT most;
    ELSE
        PERFORM set_config('hnsw.ef_search', '200', true), set_config('hnsw.iterative_scan', 'strict_order', true);
        RETURN QUERY EXECUTE format(
            'SELECT id FROM knowledge_base WHERE snapshot = %L AND embedder = %L AND visibility = ''public'''
            ' ORDER BY embedding::halfvec(%s) <=> $1 LIMIT $2',
            of_snapshot, of_embedder, size
        ) USING question, most;
    END IF;
END
$$;

-- What an embedder made of a text, by the text's SHA-256: a text is paid for once, and a job that was killed goes on.
CREATE TABLE embeddings (
    embedder text NOT NULL,
    digest bytea NOT NULL,
    embedding halfvec NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (embedder, digest)
);
ALTER TABLE embeddings ALTER COLUMN embedding SET STORAGE MAIN;

-- Whether a snapshot has its own index over its vectors: one so large that comparing them all takes too long. This and
-- the next lock out whoever searches, so they come last and read no row.
ALTER TABLE knowledge_snapshots ADD COLUMN indexed boolean NOT NULL DEFAULT false;

-- A vector of more than about 1,000 dimensions would stand outside its row and be fetched from there one by one, which
-- takes three times as long as the comparison. The release before reads both; what is stored stays as it is.
ALTER TABLE knowledge_base ALTER COLUMN embedding SET STORAGE MAIN;
