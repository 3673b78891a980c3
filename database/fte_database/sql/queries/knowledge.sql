-- find_candidates --
-- :embedding is the query's, :terms are its words as one text, :limit holds for each arm.
-- Both arms give the raw cosine. Of the words the rarest count, up to :most_postings places where they stand; the
-- rarest alone may stand in more, of which the first are taken. Sections go by the rarity of what they hold: joined by
-- AND, a customer's whole sentence would match nothing. Where nothing was counted yet, all sections with any of the
-- words are ranked; a lexeme is quoted as tsquery wants it.
WITH nearest AS (
    SELECT id FROM nearest_sections(:snapshot, :embedder, :embedding, :limit) AS id
),
words AS (
    SELECT frequency, sections, sum(frequency) OVER (ORDER BY frequency, lexeme) AS through
    FROM knowledge_postings
    WHERE snapshot = :snapshot AND embedder = :embedder
    AND lexeme = ANY (tsvector_to_array(to_tsvector('english', :terms::text)))
),
matching AS (
    SELECT id
    FROM words, unnest(sections[1 : :most_postings]) AS id
    WHERE through <= :most_postings OR through = frequency
    GROUP BY id
    ORDER BY sum(1 / ln(2 + frequency)) DESC, id
    LIMIT :limit
),
uncounted AS (
    SELECT id
    FROM knowledge_base, (
        SELECT string_agg('''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery AS query
        FROM unnest(tsvector_to_array(to_tsvector('english', :terms::text))) AS lexeme
    ) AS terms
    WHERE NOT EXISTS (SELECT FROM knowledge_postings WHERE snapshot = :snapshot AND embedder = :embedder)
    AND snapshot = :snapshot AND embedder = :embedder AND visibility = 'public' AND tsv @@ terms.query
    ORDER BY ts_rank(tsv, terms.query, 1) DESC, id
    LIMIT :limit
)
SELECT source_uri, title, heading, content, asked, 1 - (embedding <=> :embedding) AS cosine
FROM knowledge_base
WHERE id IN (SELECT id FROM nearest UNION SELECT id FROM matching UNION SELECT id FROM uncounted) AND visibility = 'public'
ORDER BY cosine DESC, source_uri;

-- sections_of_snapshot --
-- $1 snapshot, $2 embedder. A snapshot's row is there only with all its sections.
SELECT sections FROM knowledge_snapshots WHERE snapshot = $1 AND embedder = $2;

-- insert_snapshot --
-- $1 snapshot, $2 embedder, $3 dimensions, $4 number of sections. No row when it is there already.
INSERT INTO knowledge_snapshots (snapshot, embedder, dimensions, sections)
VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
RETURNING snapshot;

-- insert_section --
-- $1 snapshot, $2 embedder, $3 uri, $4 title, $5 heading, $6 content, $7 questions it answers,
-- $8 visibility, $9 embedding.
INSERT INTO knowledge_base (snapshot, embedder, source_uri, title, heading, content, asked, visibility, embedding)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- unlimited --
-- Until the transaction ends its statements take what time they need.
SET LOCAL statement_timeout = 0;

-- post_sections --
-- $1 snapshot, $2 embedder. Nothing where it was done.
INSERT INTO knowledge_postings (snapshot, embedder, lexeme, frequency, sections)
SELECT snapshot, embedder, lexeme, count(*), array_agg(id ORDER BY id)
FROM knowledge_base, unnest(tsvector_to_array(tsv)) AS lexeme
WHERE snapshot = $1 AND embedder = $2 AND visibility = 'public'
AND NOT EXISTS (SELECT FROM knowledge_postings WHERE snapshot = $1 AND embedder = $2)
GROUP BY snapshot, embedder, lexeme
ON CONFLICT DO NOTHING;

-- lacks_index --
-- :fewest sections from which it should have one, :longest dimensions up to which it can, :pgvector version from which
-- it helps.
SELECT EXISTS (
    SELECT FROM knowledge_snapshots, pg_extension
    WHERE snapshot = :snapshot AND embedder = :embedder AND sections >= :fewest AND dimensions <= :longest AND NOT indexed
    AND extname = 'vector' AND string_to_array(substring(extversion from '^[0-9.]+'), '.')::int[] >= CAST(:pgvector AS int[])
);

-- more_memory --
-- What building an index may take, for a graph that does not fit is built many times slower. Workers beside it would
-- share that memory through /dev/shm, which in many containers has 64 MB.
SELECT set_config('maintenance_work_mem', '512MB', true), set_config('max_parallel_maintenance_workers', '0', true);

-- index_sections --
-- $1 snapshot, $2 embedder.
SELECT index_sections($1, $2);

-- recall_embeddings --
-- $1 embedder, $2 digests of texts.
SELECT digest, embedding FROM embeddings WHERE embedder = $1 AND digest = ANY ($2);

-- keep_embedding --
-- $1 embedder, $2 digest of a text, $3 its embedding.
INSERT INTO embeddings (embedder, digest, embedding) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- snapshot_stats --
-- Every snapshot with what it holds, newest first.
SELECT
    snapshot.snapshot, snapshot.embedder, snapshot.dimensions, snapshot.sections, snapshot.indexed, snapshot.created_at,
    count(DISTINCT split_part(section.source_uri, '#', 1)) AS documents,
    count(*) FILTER (WHERE section.visibility = 'internal') AS internal
FROM knowledge_snapshots AS snapshot
LEFT JOIN knowledge_base AS section USING (snapshot, embedder)
GROUP BY snapshot.snapshot, snapshot.embedder
ORDER BY snapshot.created_at DESC, snapshot.snapshot, snapshot.embedder;
