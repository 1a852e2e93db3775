//! Holds the native network and the decoding loop against whisper.cpp, pass by pass, and the decoding
//! loop against a network of a few rules.

#[cfg(feature = "whisper-cpp")]
mod exactness;
#[cfg(feature = "whisper-cpp")]
mod first_pass;
mod whole_context;
