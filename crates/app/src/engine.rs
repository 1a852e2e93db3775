//! The engine and its models, as the settings mean them.

use std::sync::Arc;

use watchme_asr::{Config, WhisperTranscriber};
use watchme_core::Transcriber;

use crate::app::SetupError;
use crate::models::ModelLibrary;
use crate::settings::SpeechSettings;

/// Set by the engine for the program that it started again: no setting of anybody's.
pub(crate) const MARK_OF_ENGINE: &str = "WATCHME_OPENMP_SET";

/// The transcriber that the settings mean. No model is loaded.
pub fn transcriber(speech: &SpeechSettings) -> Result<Arc<dyn Transcriber>, SetupError> {
    let config = Config {
        threads: speech.threads,
        precision: speech.precision,
        memory_limit_bytes: speech.memory_limit_bytes,
        tuning_file: speech.tuning_file.clone(),
        checkpoint_dir: speech.checkpoint_dir.clone(),
        ..Config::new(speech.models.clone(), library(speech))
    };
    let transcriber = WhisperTranscriber::new(config);
    Ok(Arc::new(transcriber.map_err(|error| SetupError::Engine(error.into()))?))
}

/// The folder of model files, and where they are pulled from.
#[must_use]
pub fn library(speech: &SpeechSettings) -> ModelLibrary {
    ModelLibrary::new(speech.model_dir.clone(), speech.mirror.clone())
}
