//! The loaded model: its network, and the vocabulary that it writes in.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use watchme_core::{Language, ModelName, TranscribeError};
use whisper_rs::{get_lang_id, get_lang_str};

use super::decode::{Pass, Written};
use super::network::whisper_cpp::Ggml;
use super::network::{Network, Parts, Token, native};
use super::softmax::probability_of;
use super::stop::Stop;
use super::vocabulary::Vocabulary;
use crate::audio::SAMPLE_RATE;
use crate::config::Precision;
use crate::models::{Architecture, VerifiedModel};

/// A model in memory.
pub(crate) struct Loaded {
    name: ModelName,
    network: Box<dyn Network>,
    vocabulary: Vocabulary,
    is_multilingual: bool,
}

impl Loaded {
    /// Loads a verified model. It is computed by whisper.cpp where it is not to be, or cannot be,
    /// computed here. Blocking: seconds.
    pub(crate) fn load(
        name: ModelName,
        verified: &VerifiedModel,
        precision: Precision,
        threads: NonZeroUsize,
        is_native: bool,
    ) -> Result<Self, TranscribeError> {
        let (path, architecture) = (&verified.path, verified.architecture);
        let native = is_native.then(|| native::load(path, architecture, precision, threads));
        let network: Box<dyn Network> = match native.flatten() {
            Some(native) => Box::new(native),
            None => Box::new(Ggml::load(path, threads)?),
        };
        Self::new(name, path, architecture, network)
    }

    /// The model of the verified file at `path`, computed by `network`. Blocking.
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

    /// What the parts of it that are computed here have taken so far.
    pub(crate) fn parts(&self) -> Parts {
        self.network.parts()
    }

    /// Computes on so many threads from now on.
    pub(crate) fn set_threads(&mut self, threads: NonZeroUsize) {
        self.network.set_threads(threads);
    }

    /// How long a window of the encoder takes.
    pub(crate) fn time_encoder(&mut self) -> Result<Duration, TranscribeError> {
        self.network.listen(&vec![0.0; SAMPLE_RATE as usize])?;
        let started = Instant::now();
        self.network.encode(0)?;
        Ok(started.elapsed())
    }

    /// What computes its network.
    pub(crate) fn kernel(&self) -> &'static str {
        self.network.kernel()
    }

    pub(crate) fn name(&self) -> &ModelName {
        &self.name
    }

    pub(super) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The language as the engine names it; `None` where it is to be found out.
    pub(crate) fn language(
        &self,
        language: &Language,
    ) -> Result<Option<&'static str>, TranscribeError> {
        match language {
            Language::Auto if self.is_multilingual => Ok(None),
            Language::Auto => Ok(Some("en")),
            Language::Code(code) => self.known(code).map(Some).ok_or_else(|| {
                let reason = format!("`{}` does not know the language `{code}`", self.name);
                TranscribeError::Model { reason }
            }),
        }
    }

    /// The language with this code, if the model knows it.
    pub(crate) fn known(&self, code: &str) -> Option<&'static str> {
        let number = get_lang_id(code)?;
        let known = self.vocabulary.languages().len();
        let is_known = if self.is_multilingual {
            usize::try_from(number).is_ok_and(|number| number < known)
        } else {
            code == "en"
        };
        get_lang_str(number).filter(|_| is_known)
    }

    /// What a text in this language begins with.
    pub(super) fn prompt(&self, language: &str) -> Vec<Token> {
        let number = get_lang_id(language).and_then(|number| Token::try_from(number).ok());
        self.vocabulary.prompt(number.unwrap_or(0))
    }

    /// Hears these samples from now on.
    pub(super) fn listen(&mut self, samples: &[f32]) -> Result<(), TranscribeError> {
        self.network.listen(samples)
    }

    /// Encodes what is heard from `frame` on.
    pub(super) fn encode(&mut self, frame: usize) -> Result<(), TranscribeError> {
        self.network.encode(frame)
    }

    /// Writes what is encoded.
    pub(super) fn write(
        &mut self,
        pass: &Pass<'_>,
        temperature: f32,
        stop: &Stop<'_>,
    ) -> Result<Written, TranscribeError> {
        pass.write(self.network.as_mut(), &self.vocabulary, temperature, stop)
    }

    /// The likeliest language of what is encoded.
    pub(super) fn spoken_language(&mut self) -> Result<&'static str, TranscribeError> {
        let languages = self.vocabulary.languages();
        let logits = self.network.decode(&[self.vocabulary.start()], 0)?;
        let logit = |language: &Token| logits.get(*language as usize).copied().unwrap_or(f32::MIN);
        let first = languages.start;
        let likeliest = languages.max_by(|one, other| logit(one).total_cmp(&logit(other)));
        let number = likeliest.map_or(0, |language| language - first);
        Ok(get_lang_str(number.cast_signed()).unwrap_or("en"))
    }

    /// How likely the model holds what is encoded for no speech, 0 to 1.
    pub(super) fn no_speech(&mut self) -> Result<f32, TranscribeError> {
        let logits = self.network.decode(&[self.vocabulary.start()], 0)?;
        Ok(probability_of(self.vocabulary.no_speech() as usize, logits))
    }
}
