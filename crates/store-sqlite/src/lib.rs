//! Recordings and transcripts in one SQLite file: the store that needs no server.
//!
//! The file has the two tables of the hosted database, `audio_files` and `vibe_whisper`, under
//! the same names, so that any SQLite tool shows what it would show there.

mod check;
mod claim_rows;
mod claims;
mod error;
mod ledger;
mod ledger_rows;
mod open;
mod rows;
mod store;

pub use open::{Config, OpenError};
pub use rows::NewRecording;
pub use store::SqliteStore;
