-- lock_budget --
-- Whoever changes the ledger waits for whoever does, so that what the next statement reads is true until the commit. A
-- client that stops in the middle holds up the others no longer than it takes the server to end it.
SELECT pg_advisory_xact_lock(hashtextextended('budget', 0)),
       set_config('idle_in_transaction_session_timeout', '3s', true);

-- charge_expired --
-- What nobody settled in time is charged as it was reserved: a worker vanished, and its requests may have been made.
WITH expired AS (
    SELECT id, day, reserved_micro_usd AS reserved FROM budget_entries WHERE expires_at <= now()
), charged AS (
    UPDATE budget_entries AS entry
    SET spent_micro_usd = entry.spent_micro_usd + expired.reserved, reserved_micro_usd = 0, expires_at = NULL,
        estimated = entry.estimated OR expired.reserved > 0
    FROM expired WHERE entry.id = expired.id
)
UPDATE budget_days AS total
SET spent_micro_usd = total.spent_micro_usd + moved.reserved, reserved_micro_usd = total.reserved_micro_usd - moved.reserved
FROM (SELECT day, sum(reserved)::bigint AS reserved FROM expired GROUP BY day) AS moved
WHERE total.day = moved.day;

-- budget_day --
-- $1 conversation, $2 epoch of a turn, or NULLs. The day that pays: that of the turn's first request, else today. No
-- row where the turn has been settled.
SELECT coalesce(entry.day, (now() AT TIME ZONE 'UTC')::date) AS day
FROM (SELECT) AS always
LEFT JOIN budget_entries AS entry ON entry.conversation_id = $1 AND entry.epoch = $2 AND entry.kind = 'model'
WHERE entry.id IS NULL OR entry.expires_at IS NOT NULL;

-- open_budget_day --
-- $1 day. Its totals stand there, from its first entry on.
INSERT INTO budget_days (day) VALUES ($1) ON CONFLICT DO NOTHING;

-- book_run --
-- :spent is what the turn's requests have cost so far, :reserved what those under way may cost; :lease is how long they
-- may take, NULL once the turn is over. Of a turn that was settled, `budget_day` gives no day.
WITH before AS (
    SELECT spent_micro_usd AS spent, reserved_micro_usd AS reserved FROM budget_entries
    WHERE conversation_id = :conversation AND epoch = :epoch AND kind = 'model'
), booked AS (
    INSERT INTO budget_entries AS entry (
        kind, day, conversation_id, epoch, spent_micro_usd, reserved_micro_usd, estimated, expires_at
    )
    VALUES (
        'model', :day, :conversation, :epoch, :spent, :reserved, :estimated, now() + :lease::interval
    )
    ON CONFLICT (conversation_id, epoch, kind) DO UPDATE
    SET spent_micro_usd = EXCLUDED.spent_micro_usd, reserved_micro_usd = EXCLUDED.reserved_micro_usd,
        estimated = EXCLUDED.estimated, expires_at = EXCLUDED.expires_at
    RETURNING day, spent_micro_usd AS spent, reserved_micro_usd AS reserved
)
UPDATE budget_days AS total
SET spent_micro_usd = total.spent_micro_usd + booked.spent - coalesce(before.spent, 0),
    reserved_micro_usd = total.reserved_micro_usd + booked.reserved - coalesce(before.reserved, 0)
FROM booked LEFT JOIN before ON true
WHERE total.day = booked.day;

-- book_fee --
-- :kind, of the turn (:conversation, :epoch), both of which may be NULL. What was spent without a reservation; once for
-- each turn and kind.
WITH booked AS (
    INSERT INTO budget_entries (kind, day, conversation_id, epoch, spent_micro_usd, estimated)
    VALUES (:kind, :day, :conversation, :epoch, :spent, :estimated)
    ON CONFLICT DO NOTHING
    RETURNING day, spent_micro_usd AS spent
)
UPDATE budget_days AS total SET spent_micro_usd = total.spent_micro_usd + booked.spent
FROM booked WHERE total.day = booked.day;

-- note_fee --
-- $1 delivery, a copy included; $2 what its channel takes. Whoever takes the ledger's lock next adds it to its day.
INSERT INTO budget_entries (kind, day, conversation_id, delivery_id, spent_micro_usd, added)
SELECT 'channel', (now() AT TIME ZONE 'UTC')::date, message.conversation_id, delivery.id, $2, false
FROM deliveries AS delivery JOIN messages AS message ON message.id = delivery.message_id
WHERE delivery.id = $1;

-- add_fees --
-- What `note_fee` left, once. Under the lock.
WITH fee AS (
    UPDATE budget_entries SET added = true WHERE NOT added RETURNING day, spent_micro_usd AS spent
)
INSERT INTO budget_days AS total (day, spent_micro_usd) SELECT day, sum(spent)::bigint FROM fee GROUP BY day
ON CONFLICT (day) DO UPDATE SET spent_micro_usd = total.spent_micro_usd + EXCLUDED.spent_micro_usd;

-- note_refusal --
-- :day, in which a request of at most :ceiling found no room in the day, or in the year, or in both.
UPDATE budget_days
SET day_refused_micro_usd = CASE WHEN :by_day THEN :ceiling ELSE day_refused_micro_usd END,
    year_refused_micro_usd = CASE WHEN :by_year THEN :ceiling ELSE year_refused_micro_usd END
WHERE day = :day;

-- forget_refusals --
-- $1 day. What was refused in its year was more than a whole period may cost, and others find room.
UPDATE budget_days SET day_refused_micro_usd = 0, year_refused_micro_usd = 0
WHERE day_refused_micro_usd + year_refused_micro_usd > 0
  AND day >= date_trunc('year', $1::date) AND day < date_trunc('year', $1::date) + interval '1 year';

-- budget_own --
-- $1 conversation, $2 day. What it and the customer's others cost that day; those count of which, as of it, a channel
-- proved who wrote there.
WITH own AS (
    SELECT $1::uuid AS id
    UNION
    SELECT other.id
    FROM conversations AS asked JOIN conversations AS other USING (customer_id)
    WHERE asked.id = $1
      AND EXISTS (SELECT FROM messages WHERE conversation_id = asked.id AND sender_verified)
      AND EXISTS (SELECT FROM messages WHERE conversation_id = other.id AND sender_verified)
)
SELECT coalesce(sum(spent_micro_usd), 0)::bigint AS spent, coalesce(sum(reserved_micro_usd), 0)::bigint AS reserved
FROM budget_entries WHERE day = $2 AND conversation_id IN (SELECT id FROM own);

-- budget_totals --
-- $1 day, NULL for today. It, and the calendar year that holds it; of each what the latest request would have cost that
-- found no room.
SELECT coalesce(sum(spent_micro_usd) FILTER (WHERE total.day = asked.day), 0)::bigint AS day_spent,
       coalesce(sum(reserved_micro_usd) FILTER (WHERE total.day = asked.day), 0)::bigint AS day_reserved,
       coalesce(sum(day_refused_micro_usd) FILTER (WHERE total.day = asked.day), 0)::bigint AS day_refused,
       coalesce(sum(spent_micro_usd), 0)::bigint AS year_spent,
       coalesce(sum(reserved_micro_usd), 0)::bigint AS year_reserved,
       coalesce((
           array_agg(year_refused_micro_usd ORDER BY total.day DESC) FILTER (WHERE year_refused_micro_usd > 0)
       )[1], 0) AS year_refused
FROM (SELECT coalesce($1::date, (now() AT TIME ZONE 'UTC')::date) AS day) AS asked
LEFT JOIN budget_days AS total
    ON total.day >= date_trunc('year', asked.day)::date
    AND total.day < (date_trunc('year', asked.day) + interval '1 year')::date;

-- price_run --
-- What became of a turn whose decision is not made true: its tokens and cost, each NULL where it is not known.
UPDATE agent_runs
SET input_tokens = :input_tokens, cached_tokens = :cached_tokens, output_tokens = :output_tokens, cost_micro_usd = :cost
WHERE conversation_id = :conversation AND epoch = :epoch AND status NOT IN ('committed', 'escalated');
