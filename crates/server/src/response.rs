//! Building responses.

pub(crate) mod drain_body;
pub(crate) mod echo;
mod error;
pub(crate) mod keep_alive;
pub(crate) mod render;

pub(crate) use error::ApiError;
