//! A loaded model: its network, and the vocabulary of its tokens.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use watchme_core::{Language, ModelName, TranscribeError};

use super::decode::{DecodedTokens, Pass};
use super::frames::ENCODER_FRAMES;
use super::languages;
#[cfg(feature = "whisper-cpp")]
use super::network::whisper_cpp::WhisperCpp;
use super::network::{Network, NetworkTimes, Token, native};
use super::softmax::probability_of;
use super::stop::Stop;
use super::vocabulary::Vocabulary;
use crate::audio::SAMPLE_RATE;
use crate::memory::Implementation;
use crate::models::{Architecture, VerifiedModel};
use crate::precision::Precision;

/// A model in memory.
pub(crate) struct Model {
    name: ModelName,
    network: Box<dyn Network>,
    vocabulary: Vocabulary,
    is_multilingual: bool,
}

impl Model {
    /// Loads a verified model. Blocking: seconds.
    pub(crate) fn load(
        name: ModelName,
        verified: &VerifiedModel,
        precision: Precision,
        threads: NonZeroUsize,
        implementation: Implementation,
    ) -> Result<Self, TranscribeError> {
        let (path, architecture) = (&verified.path, verified.architecture);
        let network: Box<dyn Network> = match implementation {
            Implementation::Native => {
                Box::new(native::load(path, architecture, precision, threads)?)
            }
            #[cfg(feature = "whisper-cpp")]
            Implementation::WhisperCpp => Box::new(WhisperCpp::load(path, threads)?),
        };
        Self::new(name, path, architecture, network)
    }

    /// Reads the vocabulary of the verified file at `path`, for this network of it. Blocking.
    pub(super) fn new(
        name: ModelName,
        path: &Path,
        architecture: Architecture,
        network: Box<dyn Network>,
    ) -> Result<Self, TranscribeError> {
        let vocabulary = Vocabulary::read(path, &architecture).map_err(|error| {
            let reason = format!("the vocabulary of `{}` cannot be read: {error}", path.display());
            TranscribeError::Model { reason }
        })?;
        Ok(Self { name, network, vocabulary, is_multilingual: architecture.is_multilingual() })
    }

    pub(crate) fn name(&self) -> &ModelName {
        &self.name
    }

    /// Name of the network's arithmetic, for logs and checkpoints.
    pub(crate) fn kernel(&self) -> &'static str {
        self.network.kernel()
    }

    /// Time that the stages of the network have taken since it was loaded.
    pub(crate) fn times(&self) -> NetworkTimes {
        self.network.times()
    }

    /// Sets the number of threads. The network has no audio afterwards.
    pub(crate) fn set_threads(&mut self, threads: NonZeroUsize) {
        self.network.set_threads(threads);
    }

    /// Encodes 30 s of silence and returns the time that took.
    pub(crate) fn time_encoder(&mut self) -> Result<Duration, TranscribeError> {
        self.network.set_audio(&vec![0.0; SAMPLE_RATE as usize])?;
        let started = Instant::now();
        self.network.encode(0, ENCODER_FRAMES)?;
        Ok(started.elapsed())
    }

    /// Returns the code of the language to decode in; `None` if it has to be detected. Fails if the
    /// model does not know the language.
    pub(crate) fn language(
        &self,
        language: &Language,
    ) -> Result<Option<&'static str>, TranscribeError> {
        match language {
            Language::Auto if self.is_multilingual => Ok(None),
            Language::Auto => Ok(Some("en")),
            Language::Code(code) => self.known_language(code).map(Some).ok_or_else(|| {
                let reason = format!("`{}` does not know the language `{code}`", self.name);
                TranscribeError::Model { reason }
            }),
        }
    }

    /// Returns the language with this code, if the model knows it.
    pub(crate) fn known_language(&self, code: &str) -> Option<&'static str> {
        let number = languages::number(code)?;
        let is_known = if self.is_multilingual {
            (number as usize) < self.vocabulary.languages().len()
        } else {
            code == "en"
        };
        languages::code(number).filter(|_| is_known)
    }

    pub(super) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Returns the tokens that a text in this language begins with.
    pub(super) fn prompt(&self, language: &str) -> Vec<Token> {
        self.vocabulary.prompt(languages::number(language).unwrap_or(0))
    }

    /// Computes the mel spectrogram of `samples`: mono, 16 kHz, at least one second.
    pub(super) fn set_audio(&mut self, samples: &[f32]) -> Result<(), TranscribeError> {
        self.network.set_audio(samples)
    }

    /// Encodes at least `count` frames from this frame of the audio on, and returns how many.
    pub(super) fn encode(&mut self, frame: usize, count: usize) -> Result<usize, TranscribeError> {
        self.network.encode(frame, count)
    }

    /// Decodes the encoded pass at this temperature.
    pub(super) fn decode(
        &mut self,
        pass: &Pass<'_>,
        temperature: f32,
        stop: &Stop<'_>,
    ) -> Result<DecodedTokens, TranscribeError> {
        pass.decode(self.network.as_mut(), &self.vocabulary, temperature, stop)
    }

    /// Decodes the encoded pass by beam search, as wide as the network allows: greedily where it
    /// continues one hypothesis only.
    pub(super) fn search(
        &mut self,
        pass: &Pass<'_>,
        stop: &Stop<'_>,
    ) -> Result<DecodedTokens, TranscribeError> {
        match self.network.max_hypotheses() {
            1 => self.decode(pass, 0.0, stop),
            size => pass.search(self.network.as_mut(), &self.vocabulary, size, stop),
        }
    }

    /// Returns the likeliest language of the encoded pass.
    pub(super) fn detect_language(&mut self) -> Result<&'static str, TranscribeError> {
        let languages = self.vocabulary.languages();
        let logits = self.network.decode(&[self.vocabulary.start_of_transcript()], 0)?;
        let logit = |language: &Token| logits.get(*language as usize).copied().unwrap_or(f32::MIN);
        let first = languages.start;
        let likeliest = languages.max_by(|one, other| logit(one).total_cmp(&logit(other)));
        let number = likeliest.map_or(0, |language| language - first);
        Ok(languages::code(number).unwrap_or("en"))
    }

    /// Returns the probability that nobody speaks in the encoded pass, 0 to 1.
    pub(super) fn no_speech(&mut self) -> Result<f32, TranscribeError> {
        let logits = self.network.decode(&[self.vocabulary.start_of_transcript()], 0)?;
        Ok(probability_of(self.vocabulary.no_speech() as usize, logits))
    }
}
