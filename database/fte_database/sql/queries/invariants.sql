-- invariant_unprocessed_event --
-- Events that were stored more than a minute ago and came to nothing.
SELECT count(*) FROM inbound_events WHERE status = 'received' AND received_at < now() - interval '1 minute';

-- invariant_unanswered_without_owner --
-- Bursts that wait for the employee beyond any deadline.
SELECT count(*) FROM conversations
WHERE handler = 'ai' AND last_inbound_seq > answered_through_seq AND unanswered_since < now() - interval '2 hours';

-- invariant_answered_twice --
-- Pairs of committed runs that cover one and the same message.
SELECT count(*)
FROM agent_runs AS one
JOIN agent_runs AS other ON other.conversation_id = one.conversation_id AND other.epoch > one.epoch
WHERE one.status IN ('committed', 'escalated') AND other.status IN ('committed', 'escalated')
  AND one.to_seq >= other.from_seq;

-- invariant_sent_after_takeover --
-- Parts the employee wrote whose sending began after a person had the conversation.
SELECT count(*)
FROM deliveries AS delivery
JOIN messages AS message ON message.id = delivery.message_id
JOIN conversations AS conversation ON conversation.id = delivery.conversation_id
WHERE message.author = 'ai' AND conversation.handler = 'human' AND delivery.first_sent_at > conversation.handler_since;

-- invariant_unconfirmed_delivery --
-- Parts of which nobody has known for more than half an hour whether the provider has them.
SELECT count(*) FROM deliveries
WHERE state IN ('unknown', 'sending') AND first_sent_at < now() - interval '30 minutes';

-- invariant_untold_event --
-- Events that waited in the outbox for more than five minutes.
SELECT count(*) FROM outbox WHERE published_at IS NULL AND created_at < now() - interval '5 minutes';

-- invariant_uncovered_message --
-- Messages counted as answered that no committed run covers, in conversations the employee still has.
SELECT count(*)
FROM messages AS message
JOIN conversations AS conversation ON conversation.id = message.conversation_id
WHERE message.direction = 'inbound' AND NOT message.automated AND conversation.handler = 'ai'
  AND message.seq <= conversation.answered_through_seq
  AND NOT EXISTS (
      SELECT FROM agent_runs AS run
      WHERE run.conversation_id = message.conversation_id AND run.status IN ('committed', 'escalated')
        AND message.seq BETWEEN run.from_seq AND run.to_seq
  )
  AND NOT EXISTS (
      SELECT FROM customer_identifiers
      WHERE id = message.sender_identifier_id AND opted_out_at >= message.created_at
  );

-- invariant_doubled_ticket --
-- Conversations with more than one open ticket.
SELECT count(*) FROM (
    SELECT FROM tickets WHERE status NOT IN ('resolved', 'closed') GROUP BY conversation_id HAVING count(*) > 1
) AS doubled;
