//! Fakes of the ports, and contract suites that every backend of a port passes.
//!
//! A development dependency only. The fakes hold everything in memory, fail on demand, and stop at
//! a [`Gate`], so that no test needs to sleep.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "what runs inside tests fails them by panicking"
)]

pub mod contract;
mod fake_claims;
mod fake_ledger;
mod fake_queue;
mod fake_source;
mod fake_store;
mod fake_transcriber;
mod gate;
mod pipeline;
pub mod postgrest;
mod s3;
pub mod sample;

pub use fake_queue::{FakeQueue, QueueOperation};
pub use fake_source::FakeSource;
pub use fake_store::{FakeStore, Operation};
pub use fake_transcriber::FakeTranscriber;
pub use gate::Gate;
pub use pipeline::pipeline_over;
pub use s3::S3Server;
pub use sample::RecordingSeed;
