//! Recordings become text: the domain types, the seven ports, the rules and the pipeline that joins
//! them.
//!
//! Nothing here reads a file, a socket, a clock or the environment. A program that embeds the
//! pipeline hands in an [`AudioSource`], a [`Transcriber`] and a [`TranscriptStore`], and asks a
//! [`Pipeline`] to run a [`Selection`]. It may add a [`ClaimStore`], so that several machines share
//! the work, and a [`LedgerStore`], so that texts can be explained. The two ports to queues,
//! [`AnnouncementQueue`] and [`CompletionSink`], serve the programs around the pipeline.
//!
//! The chapters, in reading order; each may use those before it:
//!
//! | chapter | holds |
//! |---|---|
//! | `domain` | plain types, from a row of `audio_files` to a report |
//! | `ports` | the traits that backends implement, each with its error |
//! | [`rules`] | decisions as pure functions |
//! | `pipeline` | the order of things: select, claim, fetch, transcribe, save, mark |
//! | `reading` | days, months, costs and explanations; filtering and queueing again |
//!
//! # Example
//!
//! One pending recording becomes a text. The fakes stand for real backends.
//!
//! ```
//! use std::num::NonZeroUsize;
//! use std::sync::Arc;
//!
//! use watchme_core::{Pipeline, Policy, Ports, Selection};
//! use watchme_testkit::{FakeSource, FakeStore, FakeTranscriber, RecordingSeed, sample};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), watchme_core::StoreError> {
//! let store = FakeStore::new([RecordingSeed::at("12-00")]);
//! let ports = Ports {
//!     // The fake transcriber takes the bytes of a recording for its words.
//!     source: Arc::new(FakeSource::new([(sample::key_of("12-00"), "good morning")])),
//!     transcriber: Arc::new(FakeTranscriber::new()),
//!     store: Arc::new(store.clone()),
//! };
//! let policy = Policy {
//!     zone: jiff::tz::TimeZone::fixed(jiff::tz::offset(9)),
//!     silence_text: String::new(),
//!     prefetch: NonZeroUsize::MIN,
//! };
//!
//! let pipeline = Pipeline::new(ports, policy);
//! let report = pipeline.run(&Selection::Pending, &sample::options(), Arc::new(())).await?;
//!
//! assert_eq!(report.completed().count(), 1);
//! assert_eq!(store.text(&sample::slot("12-00")).as_deref(), Some("good morning"));
//! # Ok(())
//! # }
//! ```

mod domain;
mod pipeline;
mod ports;
mod reading;
pub mod rules;

pub use domain::*;
pub use pipeline::*;
pub use ports::*;
pub use reading::*;
