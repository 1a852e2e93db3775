-- Whether the work on a claimed recording has started: only then may it be what ended the process. Of claims from before
-- nothing is known; they count as they did.
ALTER TABLE transcription_claims ADD COLUMN started INTEGER NOT NULL DEFAULT 1;
