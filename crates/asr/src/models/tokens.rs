//! The tokens of a model file.

use std::io;
use std::path::Path;

use super::format::{Fault, walk_tokens};

/// Reads the texts of a verified file's tokens, in the order of their numbers: bytes, which need not be
/// whole characters. Special tokens and times may be missing at the end. Blocking.
pub(crate) fn tokens(path: &Path) -> io::Result<Vec<Box<[u8]>>> {
    let mut tokens = Vec::new();
    walk_tokens(path, &mut |token| tokens.push(token.into())).map_err(Fault::of_verified)?;
    Ok(tokens)
}
