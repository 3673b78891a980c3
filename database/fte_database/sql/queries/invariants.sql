-- invariant_unprocessed_event --
-- Events that were stored more than a minute ago and came to nothing.
SELECT count(*) FROM inbound_events WHERE status = 'received' AND received_at < now() - interval '1 minute';

-- invariant_unanswered_without_owner --
-- $1 deadline of an answer. Bursts that are five minutes beyond it, and nobody works on them.
SELECT count(*) FROM conversations
WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq
  AND unanswered_since < now() - $1::interval - interval '5 minutes' AND (lease_until IS NULL OR lease_until < now());

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
JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
WHERE message.author = 'ai' AND conversation.handler = 'human' AND delivery.first_sent_at > conversation.handler_since;

-- invariant_unconfirmed_delivery --
-- Parts of which nobody has known for five minutes whether the provider has them.
SELECT count(*) FROM deliveries
WHERE (state = 'sending' AND lease_until < now() - interval '5 minutes')
   OR (state = 'unknown' AND unconfirmed_since < now() - interval '5 minutes');

-- invariant_stranded_delivery --
-- $1 deadline of an answer. Parts that are due and five minutes beyond it, and nobody sends them.
SELECT count(*)
FROM deliveries AS delivery
JOIN messages AS message ON message.id = delivery.message_id
WHERE delivery.state = 'pending' AND delivery.attempts = 0 AND delivery.next_attempt_at <= now()
  AND message.created_at < now() - $1::interval - interval '5 minutes';

-- invariant_untold_event --
-- Events that waited in the outbox for more than five minutes.
SELECT count(*) FROM outbox WHERE published_at IS NULL AND created_at < now() - interval '5 minutes';

-- invariant_uncovered_message --
-- Messages counted as answered that nothing covers: no committed run, no escalation that was open then or later, no
-- reply of a person, no wish for silence.
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
      WHERE escalation.conversation_id = message.conversation_id
        AND coalesce(escalation.resolved_at, escalation.returned_at, 'infinity') >= message.created_at
  )
  AND NOT EXISTS (
      SELECT FROM messages AS later
      WHERE later.conversation_id = message.conversation_id AND later.seq > message.seq
        AND (later.author = 'human' OR later.metadata ->> 'preference' = 'stop')
  );

-- invariant_doubled_ticket --
-- Conversations with more than one open ticket.
SELECT count(*) FROM (
    SELECT FROM tickets WHERE status NOT IN ('resolved', 'closed') GROUP BY conversation_id HAVING count(*) > 1
) AS doubled;
