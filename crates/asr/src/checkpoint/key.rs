//! What must be the same for a window to be the same.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::models::{digits, sha256};

/// Counts up when a line of the file changes its meaning.
const FORMAT: &str = "1";

/// What must be the same for a window to be the same: the sound, the model, and how it is used.
/// The version of this crate belongs to it too, since a release may hear otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What tells these bytes of the recording from all others.
    pub object_version: String,
    /// What tells the model's file from all others.
    pub model_checksum: String,
    /// Every choice that changes what is heard, such as the language.
    pub parameters: BTreeMap<String, String>,
}

impl Key {
    /// The key of the recording at `path`, whose version is the SHA-256 of its bytes. Blocking:
    /// the file is read once more, from memory at about a gigabyte a second; half an hour of
    /// sound at 16 kHz has 58 MB and took 0.05 s on an AMD EPYC.
    pub fn of_file(
        path: &Path,
        model_checksum: impl Into<String>,
        parameters: BTreeMap<String, String>,
    ) -> io::Result<Self> {
        let model_checksum = model_checksum.into();
        Ok(Self { object_version: sha256(path)?, model_checksum, parameters })
    }

    /// The SHA-256 of all of it in hexadecimal digits. Each part has its length before it, so that
    /// no two keys run together to the same bytes.
    pub(super) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        let fixed = [FORMAT, env!("CARGO_PKG_VERSION"), &self.object_version, &self.model_checksum];
        let parameters = self.parameters.iter().flat_map(|(name, value)| [name, value]);
        for part in fixed.into_iter().chain(parameters.map(String::as_str)) {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        digits(hasher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(object: &str, model: &str, parameters: &[(&str, &str)]) -> Key {
        Key {
            object_version: object.to_owned(),
            model_checksum: model.to_owned(),
            parameters: parameters
                .iter()
                .map(|&(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    #[test]
    fn each_part_counts_and_none_runs_into_the_next() {
        let keys = [
            key("ab", "c", &[]),
            key("a", "bc", &[]),
            key("c", "ab", &[]),
            key("ab", "c", &[("language", "ja")]),
            key("ab", "c", &[("language", "en")]),
            key("ab", "c", &[("languag", "eja")]),
            key("ab", "c", &[("language", "ja"), ("threads", "2")]),
        ];
        let digests: std::collections::BTreeSet<String> = keys.iter().map(Key::digest).collect();
        assert_eq!(digests.len(), keys.len());
        assert!(digests.iter().all(|digest| digest.len() == 64));
        assert_eq!(keys[3].digest(), key("ab", "c", &[("language", "ja")]).digest());
    }
}
