//! Credentials as they are configured.

use secrecy::SecretString;

/// Source of the credentials that requests are signed with.
#[derive(Debug, Clone)]
pub enum AwsCredentials {
    /// A pair of keys.
    Static {
        /// Identifier of the access key.
        access_key_id: String,
        /// Secret access key.
        secret_access_key: SecretString,
        /// Session token of temporary credentials.
        session_token: Option<SecretString>,
    },
    /// The chain that AWS programs share: the environment, the profile, a web identity, the role
    /// of the container, the role of the machine.
    DefaultChain {
        /// Profile to read; `None` for `AWS_PROFILE` or `default`.
        profile: Option<String>,
    },
}
