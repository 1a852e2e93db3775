//! Model files that tests make, to be compared with whisper.cpp.

#[cfg(feature = "whisper-cpp")]
pub(crate) mod quantised;
