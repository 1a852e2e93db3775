//! Results as lines of text, for people.

pub(crate) mod costs;
pub(crate) mod day;
pub(crate) mod devices;
pub(crate) mod explanation;
