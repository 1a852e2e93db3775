//! Decodes up to 30 s of speech at a time with one model.

mod attempt;
mod characters;
mod decode;
mod fallback;
mod frames;
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

pub(crate) use self::fallback::hear_next;
pub(crate) use self::model::Loaded;
pub(crate) use self::network::Parts;
pub(crate) use self::network::whisper_cpp::log::log_to_tracing;
pub(crate) use self::speech_buffer::Reel;
pub(crate) use self::stop::Stop;
