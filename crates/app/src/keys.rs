//! API keys of the service's callers: random, kept as hashes, compared in constant time.
//!
//! A key is 32 random bytes in base64url, with a prefix that secret scanners can find. Only `name:`
//! and the SHA-256 of the key as it is sent are kept, in 64 hexadecimal digits. One round of a fast
//! hash is right here, though it would be wrong for a password: nobody guesses 256 random bits
//! whatever a guess costs, so a slow hash would only slow down the service.

use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

/// Prefix of every key.
const PREFIX: &str = "watchme_";

/// Random bytes in a key: 256 bits.
const KEY_BYTES: usize = 32;

/// Maximum length of a name, in bytes. Names appear in logs.
const MAX_NAME_BYTES: usize = 32;

/// Name of requests without a key, where none is needed.
const ANONYMOUS: &str = "anonymous";

/// The keys that callers may use. Holds no key, only hashes; its `Debug` shows names.
#[derive(Clone, Default)]
pub struct ApiKeys {
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    name: KeyName,
    hash: [u8; 32],
}

/// Name of a key in logs: up to 32 letters, digits, `-`, `_` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyName(String);

/// A new key. It is stored nowhere else, and its `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct NewKey {
    key: SecretString,
    entry: String,
}

/// The operating system could not provide random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gives no random numbers")]
pub struct NoRandomness(#[source] getrandom::Error);

/// A list of keys is invalid. The message does not quote it, since it may hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseKeysError {
    /// An entry is not a name and a hash. Usually it is the key itself.
    #[error(
        "entry {0} is not `NAME:` and the SHA-256 of a key; `watchme keys new` prints such entries"
    )]
    Entry(usize),
    /// Two entries have the same name.
    #[error("entry {0} has the name of another; name each key once")]
    Twice(usize),
}

/// A text is not a valid name of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write 1 to 32 letters, digits, `-`, `_` and `.`, and not `anonymous`")]
pub struct ParseKeyNameError;

impl ApiKeys {
    /// True if there are no keys. Then no caller needs one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Names of the keys.
    pub fn names(&self) -> impl Iterator<Item = &KeyName> {
        self.entries.iter().map(|entry| &entry.name)
    }

    /// Name of a key as it was sent, if it is one of these. Always compares with all of them, so
    /// that a wrong key takes as long as a right one.
    #[must_use]
    pub fn name_of(&self, sent: &[u8]) -> Option<&KeyName> {
        let hash: [u8; 32] = Sha256::digest(sent).into();
        let mut number = 0_u32;
        for (candidate, entry) in (1..).zip(&self.entries) {
            number.conditional_assign(&candidate, entry.hash.ct_eq(&hash));
        }
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        self.entries.get(index).map(|entry| &entry.name)
    }
}

impl FromStr for ApiKeys {
    type Err = ParseKeysError;

    fn from_str(text: &str) -> Result<Self, ParseKeysError> {
        let (mut entries, mut names) = (Vec::new(), BTreeSet::new());
        for (number, text) in (1..).zip(text.split(',')) {
            let entry = Entry::parse(text.trim()).ok_or(ParseKeysError::Entry(number))?;
            if !names.insert(entry.name.clone()) {
                return Err(ParseKeysError::Twice(number));
            }
            entries.push(entry);
        }
        Ok(Self { entries })
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let (name, digits) = text.split_once(':')?;
        Some(Self { name: name.parse().ok()?, hash: hash_of(digits)? })
    }
}

fn hash_of(digits: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if digits.len() != 2 * hash.len() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in hash.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
    }
    Some(hash)
}

impl NewKey {
    /// Generates a key.
    pub fn generate(name: &KeyName) -> Result<Self, NoRandomness> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes).map_err(NoRandomness)?;
        let key = SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)));
        let mut entry = format!("{name}:");
        for byte in Sha256::digest(key.expose_secret()) {
            // Writing to a text cannot fail.
            let _ = write!(entry, "{byte:02x}");
        }
        Ok(Self { key, entry })
    }

    /// The key itself, for its caller.
    #[must_use]
    pub fn key(&self) -> &SecretString {
        &self.key
    }

    /// The entry for `WATCHME_API_KEYS`: name and hash.
    #[must_use]
    pub fn entry(&self) -> &str {
        &self.entry
    }
}

impl KeyName {
    /// Name of requests without a key, where none is needed. No key has this name.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(ANONYMOUS.to_owned())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = ParseKeyNameError;

    fn from_str(text: &str) -> Result<Self, ParseKeyNameError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let is_name = (1..=MAX_NAME_BYTES).contains(&text.len()) && text.bytes().all(is_plain);
        if is_name && text != ANONYMOUS {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseKeyNameError)
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
