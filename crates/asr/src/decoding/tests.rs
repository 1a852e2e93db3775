//! Holds the native network and the decoding loop against whisper.cpp, pass by pass.

mod exactness;
mod first_pass;
