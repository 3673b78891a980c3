-- invariant_unprocessed_event --
-- Events that were stored more than a minute ago and came to nothing.
SELECT count(*) FROM inbound_events WHERE status = 'received' AND received_at < now() - interval '1 minute';

-- invariant_unanswered_without_owner --
-- $1 deadline of an answer. Bursts that are five minutes beyond it, and nobody works on them, or no person who has the
-- conversation is told.
SELECT count(*) FROM conversations
WHERE last_inbound_seq > answered_through_seq
  AND unanswered_since < now() - $1::interval - interval '5 minutes'
  AND (lease_until IS NULL OR lease_until < now() OR lease_owner = 'overdue')
  AND (handler = 'ai' OR NOT EXISTS (
      SELECT FROM escalations WHERE conversation_id = conversations.id AND NOT advisory AND status IN ('open', 'claimed')
  ));

-- invariant_waiting_for_nobody --
-- Conversations that wait for a person whom no escalation asks for.
SELECT count(*) FROM conversations
WHERE handler = 'human' AND status = 'waiting_human'
  AND NOT EXISTS (
      SELECT FROM escalations WHERE conversation_id = conversations.id AND status IN ('open', 'claimed')
  );

-- invariant_answered_twice --
-- Pairs of committed runs that cover one and the same message.
SELECT count(*)
FROM agent_runs AS one
JOIN agent_runs AS other ON other.conversation_id = one.conversation_id AND other.epoch > one.epoch
WHERE one.status IN ('committed', 'escalated') AND other.status IN ('committed', 'escalated')
  AND one.to_seq >= other.from_seq;

-- invariant_answered_after_takeover --
-- Replies the employee committed after a person had the conversation.
SELECT count(*)
FROM messages AS message
JOIN conversations AS conversation ON conversation.id = message.conversation_id
WHERE message.author = 'ai' AND conversation.handler = 'human' AND message.created_at > conversation.handler_since;

-- invariant_sent_after_takeover --
-- Parts the employee wrote whose sending began after a person had the conversation.
SELECT count(*)
FROM deliveries AS delivery
JOIN messages AS message ON message.id = delivery.message_id
JOIN conversations AS conversation ON conversation.id = message.conversation_id
WHERE message.author = 'ai' AND conversation.handler = 'human' AND delivery.first_sent_at > conversation.handler_since;

-- invariant_unconfirmed_delivery --
-- $1 deadline of an answer. Parts of which nobody knows whether the provider has them, and nobody has looked since it.
SELECT count(*) FROM deliveries
WHERE (state = 'sending' AND lease_until < now() - $1::interval - interval '5 minutes')
   OR (
       state = 'unknown' AND next_attempt_at < now() - $1::interval - interval '5 minutes'
       AND (lease_until IS NULL OR lease_until < now())
   );

-- invariant_stranded_delivery --
-- $1 deadline of an answer. Parts that are five minutes beyond it, however often they were tried, and no person knows.
SELECT count(*)
FROM undelivered_parts AS part
WHERE part.due_since < now() - $1::interval - interval '5 minutes'
  AND NOT EXISTS (
      SELECT FROM escalations
      WHERE conversation_id = part.conversation_id AND status IN ('open', 'claimed')
  );

-- invariant_copied_twice --
-- Replies copied by more than one channel of a kind.
SELECT count(*) FROM (
    SELECT FROM deliveries WHERE channel_config_id IS NOT NULL
    GROUP BY message_id, channel, part HAVING count(*) > 1
) AS doubled;

-- invariant_untold_event --
-- Events that waited in the outbox for more than five minutes.
SELECT count(*) FROM outbox WHERE published_at IS NULL AND created_at < now() - interval '5 minutes';

-- invariant_uncovered_message --
-- Messages counted as answered that nothing covers: no committed run, no escalation that was open then or later, no
-- reply that a person wrote after it, no wish for silence of after it. A wish that another had overtaken is not one.
SELECT count(*)
FROM messages AS message
JOIN conversations AS conversation ON conversation.id = message.conversation_id
WHERE message.direction = 'inbound' AND NOT message.automated AND message.seq <= conversation.answered_through_seq
  AND NOT EXISTS (
      SELECT FROM agent_runs AS run
      WHERE run.conversation_id = message.conversation_id AND run.status IN ('committed', 'escalated')
        AND message.seq BETWEEN run.from_seq AND run.to_seq
  )
  AND NOT EXISTS (
      SELECT FROM escalations AS escalation
      WHERE escalation.conversation_id = message.conversation_id AND NOT escalation.advisory
        AND coalesce(escalation.resolved_at, escalation.returned_at, 'infinity') >= message.created_at
  )
  AND NOT EXISTS (
      SELECT FROM messages AS later
      WHERE later.conversation_id = message.conversation_id AND later.seq > message.seq
        AND later.occurred_at > message.occurred_at
        AND (later.author = 'human' OR later.metadata ->> 'preference' = 'stop')
  );

-- invariant_doubled_ticket --
-- Conversations with more than one open ticket.
SELECT count(*) FROM (
    SELECT FROM tickets WHERE status NOT IN ('resolved', 'closed') GROUP BY conversation_id HAVING count(*) > 1
) AS doubled;

-- invariant_budget_totals --
-- Days of the last week and the next whose totals are not the sums of their entries.
SELECT count(*)
FROM (
    SELECT day, sum(spent_micro_usd) AS spent, sum(reserved_micro_usd) AS reserved
    FROM budget_entries WHERE added AND day > (now() AT TIME ZONE 'UTC')::date - 8 GROUP BY day
) AS entries
FULL JOIN (SELECT * FROM budget_days WHERE day > (now() AT TIME ZONE 'UTC')::date - 8) AS total USING (day)
WHERE coalesce(entries.spent, 0) <> coalesce(total.spent_micro_usd, 0)
   OR coalesce(entries.reserved, 0) <> coalesce(total.reserved_micro_usd, 0);

-- invariant_budget_reservation --
-- Reservations that are five minutes beyond their end, and nobody charged them.
SELECT count(*) FROM budget_entries WHERE expires_at < now() - interval '5 minutes';
