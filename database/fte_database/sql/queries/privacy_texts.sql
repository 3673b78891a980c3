-- erase_events --
-- $1 messages. The keys stay as hashes, so that an event which comes again is known.
UPDATE inbound_events SET payload = '{}', reason = NULL, dedupe_key = erased_key(dedupe_key)
WHERE message_id = ANY ($1::uuid[]);

-- parts_of --
-- :messages of theirs, and what goes to :identifiers or :mailboxes of theirs beside somebody else's message, as a code
-- does.
SELECT id FROM deliveries
WHERE message_id = ANY (:messages::uuid[])
   OR recipient_id = ANY (:identifiers::bigint[])
   OR (channel_config_id IS NOT NULL AND mailbox = ANY (:mailboxes::text[]));

-- erase_reports --
-- $1 parts. What providers reported of them.
UPDATE delivery_events AS event SET provider_id = erased_key(event.provider_id), raw = '{}'
FROM (
    SELECT channel, unnest(previous_ids || ARRAY[provider_id, placeholder_id]) AS provider_id
    FROM deliveries WHERE id = ANY ($1::uuid[])
) AS given
WHERE event.channel = given.channel AND event.provider_id = given.provider_id;

-- erase_delivery_names --
-- $1 parts. Ids under which others know them.
DELETE FROM delivery_names WHERE delivery_id = ANY ($1::uuid[]);

-- erase_deliveries --
-- $1 parts. What was not sent yet is not sent any more; whoever sends it now loses its claim. Ids stay as hashes: who
-- reads the provider's history knows them for ours.
UPDATE deliveries
SET recipient = '', recipient_id = NULL, body = '', target = NULL, error = NULL,
    mailbox = CASE WHEN mailbox IS NOT NULL THEN '' END,
    provider_id = erased_key(provider_id),
    placeholder_id = erased_key(placeholder_id),
    previous_ids = ARRAY(SELECT erased_key(id) FROM unnest(previous_ids) AS id),
    state = CASE WHEN state IN ('held', 'pending', 'sending', 'unknown') THEN 'cancelled' ELSE state END,
    epoch = epoch + 1, lease_owner = NULL, lease_until = NULL
WHERE id = ANY ($1::uuid[]);

-- erase_early_replies --
-- :own conversations, :addresses of theirs. A reply that waits for its message; its id stays as a hash.
UPDATE early_replies AS reply
SET body = '', participants = '{}', rfc_message_id = '', external_id = erased_key(external_id), thread_key = ''
WHERE reply.participants && :addresses::text[]
   OR EXISTS (
       SELECT FROM conversations AS conversation
       JOIN channel_configs AS config ON config.id = conversation.channel_config_id
       WHERE conversation.id = ANY (:own::uuid[]) AND config.channel = reply.channel
         AND config.address = reply.channel_name AND conversation.thread_key = reply.thread_key
   );

-- erase_runs --
-- :own conversations; of :shared ones the runs that answered one of :messages. One that runs has lost its claim.
UPDATE agent_runs AS run
SET decision = NULL, error = NULL,
    status = CASE run.status WHEN 'running' THEN 'abandoned' ELSE run.status END, ended_at = coalesce(run.ended_at, now())
WHERE run.conversation_id = ANY (:own::uuid[])
   OR (run.conversation_id = ANY (:shared::uuid[]) AND EXISTS (
       SELECT FROM messages
       WHERE conversation_id = run.conversation_id AND seq BETWEEN run.from_seq AND run.to_seq
         AND id = ANY (:messages::uuid[])
   ));

-- erase_escalations --
-- :own conversations; of :shared ones all since the first of :messages, as any of them may quote it. Those of :own need
-- nobody any more.
UPDATE escalations AS escalation
SET summary = '', brief = '{}',
    status = CASE WHEN conversation_id = ANY (:own::uuid[]) THEN 'resolved' ELSE status END,
    resolved_at = CASE WHEN conversation_id = ANY (:own::uuid[]) THEN coalesce(resolved_at, now()) ELSE resolved_at END
WHERE conversation_id = ANY (:own::uuid[])
   OR (conversation_id = ANY (:shared::uuid[]) AND created_at >= (
       SELECT min(created_at) FROM messages
       WHERE conversation_id = escalation.conversation_id AND id = ANY (:messages::uuid[])
   ));

-- erase_ratings --
-- $1 messages. What was said of them; how many stars there were stays counted.
UPDATE message_ratings SET remark = '' WHERE message_id = ANY ($1::uuid[]);

-- erase_messages --
-- :messages; those of :shared conversations are nothing that anybody still answers or reads.
UPDATE messages
SET body = '', body_full = NULL, sender_identifier_id = NULL, sender_name = NULL, sender_verified = false,
    external_id = erased_key(external_id), rfc_message_id = NULL, in_reply_to = NULL, reply_target = NULL,
    attachments = '[]', metadata = '{}', tool_calls = '[]',
    automated = automated OR (direction = 'inbound' AND conversation_id = ANY (:shared::uuid[]))
WHERE id = ANY (:messages::uuid[]);

-- erase_participants --
-- $1 conversations, $2 addresses: whom messages of the first were written to, and these wherever they take part.
DELETE FROM conversation_participants WHERE conversation_id = ANY ($1::uuid[]) OR address = ANY ($2::text[]);

-- erase_threads --
-- $1 conversations.
DELETE FROM conversation_threads WHERE conversation_id = ANY ($1::uuid[]);

-- erase_conversations --
-- $1 conversations. Nobody goes on with them: a turn that runs is superseded, and who writes again begins another.
UPDATE conversations
SET subject = NULL, thread_key = 'erased:' || id, assignee = NULL, linked_to = NULL,
    status = CASE WHEN status IN ('resolved', 'closed') THEN status ELSE 'closed' END,
    resolved_at = coalesce(resolved_at, now()),
    handler = 'none', epoch = epoch + 1, lease_owner = NULL, lease_until = NULL, due_at = NULL, unanswered_since = NULL
WHERE id = ANY ($1::uuid[]);

-- release_shared --
-- :shared conversations, of which :opened by them are without a subject now. A turn that runs knows what is erased, so it
-- is superseded; where nothing else is unanswered, nothing is.
UPDATE conversations AS conversation
SET subject = CASE WHEN id = ANY (:opened::uuid[]) THEN NULL ELSE subject END,
    epoch = epoch + 1, lease_owner = NULL, lease_until = NULL,
    answered_through_seq = CASE WHEN burst.waits THEN answered_through_seq ELSE last_inbound_seq END,
    due_at = CASE WHEN burst.waits THEN due_at END,
    unanswered_since = CASE WHEN burst.waits THEN unanswered_since END
FROM (
    SELECT own.id AS conversation_id, EXISTS (
        SELECT FROM messages
        WHERE conversation_id = own.id AND direction = 'inbound' AND NOT automated AND seq > own.answered_through_seq
    ) AS waits
    FROM conversations AS own
    WHERE own.id = ANY (:shared::uuid[])
) AS burst
WHERE conversation.id = burst.conversation_id;

-- erase_tickets --
-- $1 conversations.
UPDATE tickets
SET status_token_sha256 = NULL, resolution_notes = NULL,
    status = CASE WHEN status IN ('resolved', 'closed') THEN status ELSE 'closed' END,
    resolved_at = coalesce(resolved_at, now())
WHERE conversation_id = ANY ($1::uuid[]);

-- erase_audit --
-- $1 conversations, $2 customers. Who did what to which of them stays; what they said of it does not.
UPDATE audit_log SET detail = '{}'
WHERE subject IN (
    SELECT each::text FROM unnest($1::uuid[] || $2::uuid[]) AS each
    UNION ALL
    SELECT id::text FROM tickets WHERE conversation_id = ANY ($1)
    UNION ALL
    SELECT id::text FROM escalations WHERE conversation_id = ANY ($1)
);
