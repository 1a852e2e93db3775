//! Signing in with a browser.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of a request to sign in. Its `Debug` does not show the key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionRequest {
    /// A key of the service.
    pub key: String,
}

/// Whether the service needs a key, and whose was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionBody {
    /// Whether a key is needed.
    pub needs_key: bool,
    /// The name of the key that this request came with, by its session or as itself.
    #[schema(required)]
    pub name: Option<String>,
}

impl fmt::Debug for SessionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRequest").finish_non_exhaustive()
    }
}
