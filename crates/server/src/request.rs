//! Reading and validating requests.

pub(crate) mod body;
mod command;
pub(crate) mod fields;
mod json;
pub(crate) mod language;
pub(crate) mod parameters;
pub(crate) mod prefer;

pub(crate) use command::Command;
