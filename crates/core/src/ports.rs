//! The seven boundaries of the pipeline, each a trait with its error. The doc comment of each
//! method is its contract.
//!
//! A backend implements one of them or several, and passes their contract suites: one store may be
//! a [`TranscriptStore`], a [`ClaimStore`] and a [`LedgerStore`] at once.

mod claims;
mod kept;
mod ledger;
mod queue;
mod source;
mod store;
mod transcriber;

pub use claims::{ClaimError, ClaimStore};
pub use kept::Kept;
pub use ledger::{LedgerError, LedgerStore};
pub use queue::{AnnouncementQueue, CompletionSink, QueueError};
pub use source::{AudioSource, SourceError};
pub use store::{StoreError, TranscriptStore};
pub use transcriber::{Progress, TranscribeError, Transcriber};
