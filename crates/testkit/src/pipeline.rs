//! A pipeline over any backends, with the policy of the samples.

use std::sync::Arc;

use watchme_core::{AudioSource, Pipeline, Ports, Transcriber, TranscriptStore};

use crate::sample::policy;

/// Makes a pipeline that works alone and keeps no ledger.
#[must_use]
pub fn pipeline_over(
    source: impl AudioSource,
    transcriber: impl Transcriber,
    store: impl TranscriptStore,
) -> Pipeline {
    let ports = Ports {
        source: Arc::new(source),
        transcriber: Arc::new(transcriber),
        store: Arc::new(store),
    };
    Pipeline::new(ports, policy())
}
