-- Length of the voice that was detected in a segment; none where it was not measured.
ALTER TABLE transcription_ledger_segments ADD COLUMN voice_seconds REAL;
