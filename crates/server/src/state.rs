//! State that handlers share.

pub(crate) mod firings;
mod limits;
pub(crate) mod playback;
mod readiness;
mod service;
mod settings;
pub(crate) mod upload_slots;

pub use limits::Limits;
pub use service::Service;
pub use settings::{Schedule, Settings};
