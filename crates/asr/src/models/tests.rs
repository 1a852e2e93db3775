//! Model files that tests make.

pub(crate) mod quantised;
