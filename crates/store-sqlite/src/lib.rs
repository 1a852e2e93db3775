//! Recordings and transcripts in one SQLite file: the store that needs no server.
//!
//! The file has the two tables of the hosted database, `audio_files` and `vibe_whisper`, under
//! the same names, so that any SQLite tool shows the same as in the hosted one.
//!
//! ```
//! use watchme_core::{RecordingQuery, TranscriptStore};
//! use watchme_store_sqlite::{Config, NewRecording, SqliteStore};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let store = SqliteStore::open(&Config { path: folder.path().join("watchme.db") }).await?;
//! let recording = NewRecording {
//!     device: "kitchen".parse()?,
//!     recorded_at: "2025-07-20T12:00:00Z".parse()?,
//!     object_key: "files/kitchen/2025-07-20/12-00/audio.wav".parse()?,
//!     local_date: None,
//!     time_block: None,
//! };
//! assert_eq!(store.register(&[recording]).await?, 1);
//! assert_eq!(store.recordings(&RecordingQuery::Pending).await?.len(), 1);
//! # Ok(())
//! # }
//! ```

mod check;
mod claim_rows;
mod claims;
mod config;
mod error;
mod ledger;
mod ledger_rows;
mod open;
mod rows;
mod store;

pub use config::{Config, OpenError};
pub use rows::NewRecording;
pub use store::SqliteStore;
