//! Holds the decoding against whisper.cpp's own, pass by pass.

mod exactness;
mod first_pass;
