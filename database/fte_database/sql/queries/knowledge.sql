-- find_candidates --
-- :embedding is the query's, :terms are its words as one text, :limit holds for each arm.
-- Both arms give the raw cosine. The terms are joined by OR: joined by AND, as plainto_tsquery does, a
-- customer's whole sentence matches nothing. A lexeme is quoted as tsquery wants it.
WITH terms AS MATERIALIZED (
    SELECT string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery AS query
    FROM unnest(tsvector_to_array(to_tsvector('english', :terms::text))) AS lexeme
),
sections AS NOT MATERIALIZED (
    SELECT id, source_uri, title, heading, content, embedding, tsv
    FROM knowledge_base
    WHERE snapshot = :snapshot AND embedder = :embedder AND visibility = 'public'
),
nearest AS (
    SELECT id FROM sections ORDER BY embedding <=> :embedding LIMIT :limit
),
matching AS (
    SELECT id FROM sections, terms
    WHERE tsv @@ terms.query
    ORDER BY ts_rank(tsv, terms.query, 1) DESC, id
    LIMIT :limit
)
SELECT source_uri, title, heading, content, asked, 1 - (embedding <=> :embedding) AS cosine
FROM knowledge_base
WHERE id IN (SELECT id FROM nearest UNION SELECT id FROM matching)
ORDER BY cosine DESC, source_uri;

-- has_snapshot --
-- $1 snapshot, $2 embedder. A snapshot's row is there only with all its sections.
SELECT EXISTS (SELECT FROM knowledge_snapshots WHERE snapshot = $1 AND embedder = $2);

-- insert_snapshot --
-- $1 snapshot, $2 embedder, $3 dimensions, $4 number of sections. No row when it is there already.
INSERT INTO knowledge_snapshots (snapshot, embedder, dimensions, sections)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING snapshot;

-- insert_section --
-- $1 snapshot, $2 embedder, $3 uri, $4 title, $5 heading, $6 content, $7 questions it answers, $8 embedding.
INSERT INTO knowledge_base (snapshot, embedder, source_uri, title, heading, content, asked, embedding)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);
