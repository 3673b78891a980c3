-- management_tickets --
-- Newest first, before (:before_at, :before_number). A filter that is NULL lets all through.
SELECT id, number, conversation_id, customer_root(customer_id) AS customer_id, source_channel AS channel, category,
       priority, status, created_at, resolved_at
FROM tickets
WHERE (created_at, number) < (coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_number::bigint, 0))
  AND created_at >= coalesce(:since::timestamptz, '-infinity')
  AND created_at < coalesce(:until::timestamptz, 'infinity')
  AND (:status::text IS NULL OR status = :status)
  AND (:channel::text IS NULL OR source_channel = :channel)
ORDER BY created_at DESC, number DESC
LIMIT :limit;

-- management_escalations --
-- Newest first, before (:before_at, :before_id). A filter that is NULL lets all through.
SELECT escalation.id, escalation.ticket_id, escalation.conversation_id,
       customer_root(conversation.customer_id) AS customer_id, conversation.channel, escalation.reason_code AS reason,
       escalation.trigger, escalation.status, escalation.assignee, escalation.advisory, escalation.sla_due_at,
       escalation.created_at, escalation.claimed_at, escalation.resolved_at
FROM escalations AS escalation
JOIN conversations AS conversation ON conversation.id = escalation.conversation_id
WHERE (escalation.created_at, escalation.id)
      < (coalesce(:before_at::timestamptz, 'infinity'), coalesce(:before_id::uuid, '00000000-0000-0000-0000-000000000000'))
  AND escalation.created_at >= coalesce(:since::timestamptz, '-infinity')
  AND escalation.created_at < coalesce(:until::timestamptz, 'infinity')
  AND (:status::text IS NULL OR escalation.status = :status)
  AND (:reason::text IS NULL OR escalation.reason_code = :reason)
  AND (:channel::text IS NULL OR conversation.channel = :channel)
ORDER BY escalation.created_at DESC, escalation.id DESC
LIMIT :limit;
