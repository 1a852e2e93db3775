//! Settings of the store: the project, its key, and how patiently it is asked.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

/// Settings of the store: the project, its key, and how patiently it is asked.
#[derive(Clone)]
pub struct Config {
    /// Address of the project, `https://PROJECT.supabase.co`; a path `/rest/v1` may follow.
    pub url: Url,
    /// The key: a secret one (`sb_secret_…`) or the older `service_role` token.
    pub key: SecretString,
    /// Number of rows that are asked for at once. The server may answer with fewer.
    pub page_rows: usize,
    /// Time limit of a connection.
    pub connect_timeout: Duration,
    /// Time limit of one attempt, up to the answer's last byte.
    pub request_timeout: Duration,
    /// Number of attempts at a request, the first included.
    pub attempts: u32,
    /// Longest wait before the first repetition. It doubles with each further one, and up to half
    /// of it is left out by chance.
    pub backoff: Duration,
    /// Time after which no request is repeated.
    pub give_up_after: Duration,
}

/// Reason why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The key would travel unencrypted.
    #[error("the address of `{host}` must start with `https://`, or the key would travel in clear")]
    NotEncrypted {
        /// Host of the address.
        host: String,
    },
    /// The address is not a project's.
    #[error("the project's address cannot be used: {reason}")]
    Url {
        /// Reason, and what to do.
        reason: &'static str,
    },
    /// The key is not one.
    #[error("the key cannot be used: {reason}")]
    Key {
        /// Reason, and what to do.
        reason: &'static str,
    },
    /// Encrypted connections cannot be made on this machine.
    #[error("no encrypted connection can be made; is the package `ca-certificates` installed?")]
    Tls {
        /// Error of the TLS library.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Config {
    /// Makes settings with the usual patience: pages of 1000 rows (what a Supabase project answers at
    /// most unless set otherwise), 5 s for a connection, 30 s for an attempt, 5 attempts within
    /// 90 s, the first repetition after half a second at most.
    #[must_use]
    pub fn new(url: Url, key: SecretString) -> Self {
        Self {
            url,
            key,
            page_rows: 1000,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            attempts: 5,
            backoff: Duration::from_millis(500),
            give_up_after: Duration::from_secs(90),
        }
    }

    /// Returns the address that tables are under, with a slash at its end.
    pub(crate) fn tables_url(&self) -> Result<Url, ConfigError> {
        let url = &self.url;
        let host = url.host().filter(|_| matches!(url.scheme(), "http" | "https"));
        let Some(host) = host else {
            return Err(ConfigError::Url { reason: "it must be `https://` and a host" });
        };
        if url.scheme() == "http" && !is_loopback(&host) {
            return Err(ConfigError::NotEncrypted { host: host.to_string() });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ConfigError::Url { reason: "it must not hold a user name or password" });
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ConfigError::Url { reason: "leave out what follows `?` or `#`" });
        }
        let path = url.path().trim_end_matches('/');
        let path = path.strip_suffix("/rest/v1").unwrap_or(path);
        let mut tables = url.clone();
        tables.set_path(&format!("{path}/rest/v1/"));
        Ok(tables)
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address only down to the host: what else it may hold by mistake can be secret.
        f.debug_struct("Config")
            .field("host", &self.url.host_str())
            .field("page_rows", &self.page_rows)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}
