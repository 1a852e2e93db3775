//! Parses the settings of the HTTP service.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use super::{parse, webhooks};
use crate::keys::ApiKeys;
use crate::problem::{Problem, SettingsError};
use crate::reader::Reader;
use crate::variables as var;

/// The HTTP service.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Address to listen on.
    pub bind: SocketAddr,
    /// Keys of callers. If empty, no key is needed.
    pub api_keys: ApiKeys,
    /// True if it may listen beyond loopback without keys.
    pub allow_anonymous: bool,
    /// Requests per minute for each key. `None` for no limit.
    pub rate_limit_per_minute: Option<NonZeroU32>,
    /// Host names under which it is reached without keys, besides those of this machine.
    pub allowed_hosts: Vec<String>,
    /// True if it answers requests of other origins itself.
    pub cors: bool,
    /// Receivers of signed events.
    pub webhooks: Option<watchme_webhooks::Config>,
    /// Grace period for current requests at a shutdown.
    pub shutdown_grace: Duration,
}

impl ServiceSettings {
    /// Refuses an address that other machines can reach if no key is needed. Called by the server;
    /// other programs accept any address.
    pub fn check_exposure(&self) -> Result<(), SettingsError> {
        match self.exposure() {
            Some(problem) => Err(SettingsError::new(vec![problem])),
            None => Ok(()),
        }
    }

    /// Returns the hosts that requests may name besides those of this machine; `None`: any.
    ///
    /// Without keys on loopback, a page whose host name leads to this machine could do everything
    /// that its user can. Keys keep it out, and so does a proxy that guards another address.
    #[must_use]
    pub fn restricted_hosts(&self) -> Option<&[String]> {
        let is_own = self.bind.ip().to_canonical().is_loopback();
        (is_own && self.api_keys.is_empty()).then_some(&self.allowed_hosts)
    }

    pub(crate) fn exposure(&self) -> Option<Problem> {
        let is_own = self.bind.ip().to_canonical().is_loopback();
        if is_own || self.allow_anonymous || !self.api_keys.is_empty() {
            return None;
        }
        Some(Problem {
            name: var::BIND.name.to_owned(),
            finding: format!(
                "is `{}`, which other machines reach, and no key is needed to use it",
                self.bind
            ),
            mend: "make a key with `watchme keys new` and set `WATCHME_API_KEYS`, or listen on \
                   `127.0.0.1`, or set `WATCHME_ALLOW_ANONYMOUS=1` where everybody who reaches it \
                   may use it"
                .to_owned(),
        })
    }
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<ServiceSettings> {
    let bind = reader.value(&var::BIND, parse::address);
    let api_keys = reader.optional(&var::API_KEYS, parse::api_keys);
    let allow_anonymous = reader.value(&var::ALLOW_ANONYMOUS, parse::switch);
    let rate_limit = reader.value(&var::RATE_LIMIT_PER_MINUTE, parse::count_or_none);
    let webhooks = webhooks::read(reader);
    let allowed_hosts = reader.optional(&var::ALLOWED_HOSTS, parse::hosts);
    let cors = reader.value(&var::CORS, parse::switch);
    let grace = reader.value(&var::SHUTDOWN_GRACE_SECONDS, parse::seconds);
    Some(ServiceSettings {
        bind: bind?,
        api_keys: api_keys.ok()?.unwrap_or_default(),
        allow_anonymous: allow_anonymous?,
        rate_limit_per_minute: rate_limit?,
        webhooks: webhooks.ok()?,
        allowed_hosts: allowed_hosts.ok()?.unwrap_or_default(),
        cors: cors?,
        shutdown_grace: grace?,
    })
}
