//! Layers around every route.

pub(crate) mod access;
pub(crate) mod cors;
pub(crate) mod host;
pub(crate) mod origin;
pub(crate) mod rate;
pub(crate) mod sessions;
pub(crate) mod trace;
