//! Decodes speech with one model, up to 30 s at a time. Knows nothing of jobs, files and threads.
//!
//! A [`SpeechBuffer`] holds the speech that is not decoded yet. [`decode_next`] encodes the next 30 s
//! of it, or less if that is all (`context`), has the model write tokens, chosen by rules (`decode`,
//! `token_rules`), splits them into segments (`segments`, `text`), and tries again with all 30 s and at
//! higher temperatures while the text is bad (`fallback`, `attempt`, `quality`).

mod attempt;
mod beam;
mod characters;
mod circles;
mod context;
mod decode;
mod fallback;
mod frames;
mod languages;
mod model;
mod network;
mod quality;
mod segments;
mod softmax;
mod speech_buffer;
mod stop;
#[cfg(test)]
mod tests;
mod text;
mod token_rules;
mod vocabulary;

pub(crate) use self::fallback::decode_next;
pub(crate) use self::model::Model;
pub(crate) use self::network::NetworkTimes;
#[cfg(feature = "whisper-cpp")]
pub(crate) use self::network::whisper_cpp::log::log_to_tracing;
pub(crate) use self::speech_buffer::SpeechBuffer;
pub(crate) use self::stop::Stop;
