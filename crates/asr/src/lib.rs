//! Speech recognition with Whisper.
