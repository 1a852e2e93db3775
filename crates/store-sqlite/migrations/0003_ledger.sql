-- What was heard in each recording, and what of it was left out. Instants are microseconds since 1970 in UTC.

CREATE TABLE transcription_ledger (
    object_key         TEXT NOT NULL PRIMARY KEY,
    device_id          TEXT NOT NULL,
    date               TEXT NOT NULL,
    time_block         TEXT NOT NULL,
    model              TEXT NOT NULL,
    -- As it was heard; none where nobody spoke.
    language           TEXT,
    transcribed_at_us  INTEGER NOT NULL,
    audio_seconds      REAL NOT NULL,
    speech_seconds     REAL NOT NULL,
    -- Of full scale 1.
    peak               REAL NOT NULL,
    loudest_second     REAL NOT NULL,
    voiced_seconds     REAL NOT NULL,
    doubted_seconds    REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX transcription_ledger_by_slot ON transcription_ledger (device_id, date, time_block);

CREATE TABLE transcription_ledger_segments (
    object_key     TEXT NOT NULL,
    -- Its place in the recording, from 0.
    position       INTEGER NOT NULL,
    start_seconds  REAL NOT NULL,
    end_seconds    REAL NOT NULL,
    text           TEXT NOT NULL,
    confidence     REAL NOT NULL,
    no_speech      REAL NOT NULL,
    -- Why it is not in the text; none where it is.
    reason         TEXT,
    PRIMARY KEY (object_key, position)
) STRICT, WITHOUT ROWID;

-- Whoever deletes an entry deletes what was said in it.
CREATE TRIGGER transcription_ledger_deleted AFTER DELETE ON transcription_ledger
BEGIN
    DELETE FROM transcription_ledger_segments WHERE object_key = old.object_key;
END;
