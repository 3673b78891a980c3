-- What a person needs to go on with an escalation: request, evidence, searches and a draft, as one object.
-- The release before leaves it empty.
ALTER TABLE escalations ADD COLUMN brief jsonb NOT NULL DEFAULT '{}';

-- Questions in customers' words that a section answers: they help to find it and are never shown.
ALTER TABLE knowledge_base ADD COLUMN asked text[] NOT NULL DEFAULT '{}';
