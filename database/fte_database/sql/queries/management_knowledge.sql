-- newest_snapshot --
-- $1 embedder.
SELECT snapshot FROM knowledge_snapshots WHERE embedder = $1 ORDER BY created_at DESC, snapshot LIMIT 1;
