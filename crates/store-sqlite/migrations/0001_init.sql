-- The two tables of the hosted database, under the same names.

CREATE TABLE audio_files (
    device_id              TEXT NOT NULL,
    recorded_at            TEXT NOT NULL,
    -- recorded_at as microseconds since 1970 in UTC, the precision of timestamptz: one instant has
    -- many spellings, and only this can be ordered and compared.
    recorded_at_us         INTEGER NOT NULL,
    file_path              TEXT NOT NULL,
    transcriptions_status  TEXT NOT NULL DEFAULT 'pending',
    created_at             TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    local_date             TEXT,
    time_block             TEXT,
    PRIMARY KEY (device_id, recorded_at_us)
) STRICT;

CREATE INDEX audio_files_by_file_path ON audio_files (file_path);
CREATE INDEX audio_files_pending ON audio_files (recorded_at_us, device_id)
    WHERE transcriptions_status = 'pending';

CREATE TABLE vibe_whisper (
    device_id      TEXT NOT NULL,
    date           TEXT NOT NULL,
    time_block     TEXT NOT NULL CHECK (time_block GLOB '[0-2][0-9]-[0-5][0-9]'),
    transcription  TEXT,
    PRIMARY KEY (device_id, date, time_block)
) STRICT;
