//! The SHA-256 of a file, read piece by piece.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes that are read at once; larger pieces are not faster.
const PIECE_BYTES: usize = 256 * 1024;

/// Computes the SHA-256 of a file, in hexadecimal digits. Blocking: about a second for each gigabyte.
pub(crate) fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => hasher.update(&piece[..read]),
        }
    }
    Ok(digits(hasher))
}

/// Formats the result of a hasher in hexadecimal digits.
pub(crate) fn digits(hasher: Sha256) -> String {
    let mut digits = String::with_capacity(64);
    for byte in hasher.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
