//! Builds the engine and the model library from settings.

use std::sync::Arc;

use watchme_asr::{Config, WhisperTranscriber};
use watchme_core::Transcriber;

use crate::app::SetupError;
use crate::models::ModelLibrary;
use crate::settings::SpeechSettings;

/// Set by the engine for the process that it restarts as. Not a setting.
pub(crate) const MARK_OF_ENGINE: &str = "WATCHME_OPENMP_SET";

/// Builds the transcriber. Loads no model.
pub fn build_transcriber(speech: &SpeechSettings) -> Result<Arc<dyn Transcriber>, SetupError> {
    let config = Config {
        threads: speech.threads,
        precision: speech.precision,
        memory_limit_bytes: speech.memory_limit_bytes,
        tuning_file: speech.tuning_file.clone(),
        checkpoint_dir: speech.checkpoint_dir.clone(),
        ..Config::new(speech.models.clone(), model_library(speech))
    };
    let transcriber = WhisperTranscriber::new(config);
    Ok(Arc::new(transcriber.map_err(|error| SetupError::Engine(error.into()))?))
}

/// The library of model files: their folder and the source of downloads.
#[must_use]
pub fn model_library(speech: &SpeechSettings) -> ModelLibrary {
    ModelLibrary::new(speech.model_dir.clone(), speech.mirror.clone())
}
