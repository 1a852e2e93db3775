//! Bodies of `/v1/audio/transcriptions` and `/v1/models`, as OpenAI's clients know them.

mod error;
mod events;

mod models;
mod transcription;

pub use error::{OpenAiError, OpenAiErrorBody};
pub use events::TranscriptionEvent;
pub use models::{OpenAiModel, OpenAiModels};
pub use transcription::{
    DurationUsage, Transcription, TranscriptionAnswer, TranscriptionForm, TranscriptionSegment,
    VerboseTranscription,
};
