//! Recordings and transcripts in Supabase, over its PostgREST interface.
//!
//! [`SupabaseStore`] reads `audio_files` and writes `vibe_whisper`, whatever other columns these
//! tables have. It takes care of retries, paging and timeouts.

mod answer;
mod check;
mod claims;
mod client;
mod config;
mod error;
mod key;
mod ledger;
mod ledger_rows;
mod listing;
mod retry;
mod rows;
mod store;

pub use config::{Config, ConfigError};
pub use store::SupabaseStore;
