//! The speech engine: its transcriber, and the library that its models come from.

use std::io;
use std::sync::Arc;

use tokio::task::spawn_blocking;
use watchme_asr::{Config, Measurement, WhisperTranscriber};
use watchme_core::rules::ModelLanguages;
use watchme_core::{
    FetchedAudio, Language, ModelName, TranscribeError, TranscribeOptions, Transcriber, Transcript,
};

use crate::app::SetupError;
use crate::models::{ModelError, ModelLibrary, ModelSpec};
use crate::settings::SpeechSettings;

/// The speech engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine {
    whisper: Arc<WhisperTranscriber>,
    library: ModelLibrary,
    models: Vec<ModelSpec>,
}

/// Reason why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnusableModel {
    /// Its file is missing or broken.
    #[error(transparent)]
    File(#[from] ModelError),
    /// It does not know the language.
    #[error("the model `{model}` does not know the language `{language}`")]
    Language {
        /// The model.
        model: ModelName,
        /// Code of the language.
        language: String,
    },
}

impl Engine {
    /// Builds the engine that the settings describe. Loads no model.
    pub fn new(speech: &SpeechSettings) -> Result<Self, SetupError> {
        let library = model_library(speech);
        let models = speech.models.clone();
        let config = Config {
            threads: speech.threads,
            precision: speech.precision,
            memory_limit_bytes: speech.memory_limit_bytes,
            tuning_file: speech.tuning_file.clone(),
            checkpoint_dir: speech.checkpoint_dir.clone(),
            unload_after: speech.unload_after,
            ..Config::new(models.clone(), library.clone())
        };
        let whisper = WhisperTranscriber::new(config);
        let whisper = whisper.map_err(|error| SetupError::Engine(error.into()))?;
        Ok(Self { whisper: Arc::new(whisper), library, models })
    }

    /// The transcriber.
    #[must_use]
    pub fn transcriber(&self) -> Arc<dyn Transcriber> {
        self.whisper.clone()
    }

    /// Transcribes a recording and measures each stage.
    pub async fn measure(
        &self,
        audio: FetchedAudio,
        options: &TranscribeOptions,
    ) -> Result<(Transcript, Measurement), TranscribeError> {
        self.whisper.measure(audio, options).await
    }

    /// Languages of a model: those of the vocabulary in its file, and those that its name tells while
    /// there is no file.
    #[must_use]
    pub fn languages(&self, model: &ModelName) -> ModelLanguages {
        let spec = self.models.iter().find(|spec| spec.name == *model);
        let by_file = spec.and_then(|spec| self.library.languages(&spec.origin));
        by_file.unwrap_or_else(|| ModelLanguages::named(model))
    }

    /// Verifies that the model knows the language and that its file is whole, so that neither is
    /// found out after recordings are claimed. Takes about a second for each gigabyte the first
    /// time; loading the model then does not verify it again.
    pub async fn verify(&self, options: &TranscribeOptions) -> Result<(), UnusableModel> {
        let TranscribeOptions { model, language } = options;
        if let Language::Code(code) = language
            && !self.languages(model).include(code)
        {
            let (model, language) = (model.clone(), code.clone());
            return Err(UnusableModel::Language { model, language });
        }
        let Some(spec) = self.models.iter().find(|spec| spec.name == *model) else { return Ok(()) };
        let (library, origin) = (self.library.clone(), spec.origin.clone());
        let path = library.path(&origin);
        match spawn_blocking(move || library.verify(&origin)).await {
            Ok(verified) => Ok(verified.map(|_| ())?),
            Err(panicked) => {
                Err(ModelError::Io { path, source: io::Error::other(panicked) }.into())
            }
        }
    }
}

/// The library of model files: their folder and the source of downloads.
#[must_use]
pub fn model_library(speech: &SpeechSettings) -> ModelLibrary {
    ModelLibrary::new(speech.model_dir.clone(), speech.mirror.clone())
}
