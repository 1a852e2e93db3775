-- Who works on which recording. Instants are microseconds since 1970 in UTC.

CREATE TABLE transcription_claims (
    object_key       TEXT NOT NULL PRIMARY KEY,
    owner            TEXT NOT NULL,
    -- Grows with each claim: whoever lost a claim has an older number.
    fence            INTEGER NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('claimed', 'waiting', 'completed', 'quarantined')),
    -- All attempts, and those that count towards quarantine, since the last completion.
    attempts         INTEGER NOT NULL,
    strikes          INTEGER NOT NULL,
    lease_until_us   INTEGER NOT NULL,
    next_attempt_us  INTEGER NOT NULL,
    claimed_at_us    INTEGER NOT NULL,
    finished_at_us   INTEGER,
    last_error_kind  TEXT,
    last_error       TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX transcription_claims_quarantined ON transcription_claims (object_key)
    WHERE state = 'quarantined';
