-- What transcribing each recording took, in seconds; none where that was not measured.

ALTER TABLE transcription_ledger ADD COLUMN work_seconds REAL;
ALTER TABLE transcription_ledger ADD COLUMN cpu_seconds REAL;

