//! Recordings and transcripts in one SQLite file.
