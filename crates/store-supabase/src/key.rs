//! Kinds of API keys, and what a key says about itself.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;

/// Kind of a key, by its own account. Only the server knows whether it is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A token: three parts separated by dots. Also sent as `Authorization`.
    Token { role: Option<String>, expires: Option<Timestamp> },
    /// `sb_secret_…`: past row-level security.
    Secret,
    /// `sb_publishable_…`: made for browsers, subject to row-level security.
    Publishable,
    /// Something else.
    Unknown,
}

#[derive(Deserialize)]
struct Claims {
    role: Option<String>,
    exp: Option<i64>,
}

impl Key {
    pub(crate) fn read(key: &str) -> Self {
        if key.starts_with("sb_secret_") {
            return Self::Secret;
        }
        if key.starts_with("sb_publishable_") {
            return Self::Publishable;
        }
        let parts: Vec<&str> = key.split('.').collect();
        let [_, claims, _] = parts[..] else { return Self::Unknown };
        if parts.iter().any(|part| part.is_empty()) {
            return Self::Unknown;
        }
        let claims: Option<Claims> = URL_SAFE_NO_PAD
            .decode(claims.trim_end_matches('='))
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok());
        let (role, expires) = claims.map_or((None, None), |claims| {
            (claims.role, claims.exp.and_then(|second| Timestamp::from_second(second).ok()))
        });
        Self::Token { role, expires }
    }

    pub(crate) fn is_token(&self) -> bool {
        matches!(self, Self::Token { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_shape() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"role":"anon","iss":"supabase","exp":1752796800}"#);
        let token = format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln");
        let expires = "2025-07-18T00:00:00Z".parse().ok();
        let cases = [
            (token.as_str(), Key::Token { role: Some("anon".to_owned()), expires }),
            ("not.a.token", Key::Token { role: None, expires: None }),
            ("sb_secret_abc.def.ghi", Key::Secret),
            ("sb_publishable_abc", Key::Publishable),
            ("a..b", Key::Unknown),
            ("a.b.c.d", Key::Unknown),
            ("guess", Key::Unknown),
        ];
        for (key, expected) in cases {
            assert_eq!(Key::read(key), expected, "{key}");
        }
    }
}
