//! Secret that events are signed with.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

/// Length of a key in bytes, as Standard Webhooks recommends.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Prefix of every secret.
const PREFIX: &str = "whsec_";

/// Key that receivers share with us. Its `Debug` shows nothing of it.
#[derive(Debug, Clone)]
pub struct Secret(SecretSlice<u8>);

/// Error of a text that is no secret. Repeats nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected `whsec_` and 24 to 64 random bytes in Base64: \
     `echo whsec_$(head -c 32 /dev/urandom | base64)` makes one"
)]
pub struct ParseSecretError;

impl Secret {
    /// Returns the signature of one attempt, as the header has it.
    pub(crate) fn sign(&self, id: &str, seconds: i64, body: &str) -> String {
        // An HMAC takes a key of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()) else {
            return String::new();
        };
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

impl FromStr for Secret {
    type Err = ParseSecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.strip_prefix(PREFIX).ok_or(ParseSecretError)?;
        let key = STANDARD.decode(text).ok().filter(|key| KEY_BYTES.contains(&key.len()));
        Ok(Self(key.ok_or(ParseSecretError)?.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification, which every library of it verifies.
    #[test]
    fn the_example_of_the_specification_is_signed_as_there() {
        let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let body = r#"{"test": 2432232314}"#;
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_long_random_keys_are_taken_and_none_is_shown() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![b'x'; bytes]));
        for text in [of(24), of(64)] {
            let secret: Secret = text.parse().unwrap();
            assert!(!format!("{secret:?}").contains("120"), "{secret:?}");
        }
        for text in [String::new(), of(23), of(65), of(32)[6..].to_owned(), "whsec_ä".to_owned()] {
            assert!(text.parse::<Secret>().is_err(), "{text}");
        }
    }
}
