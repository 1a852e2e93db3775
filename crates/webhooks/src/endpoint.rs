//! Address of a receiver.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

/// Address of a receiver. Its path and query may be secrets, so that only the host is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Error of a text that is no address of a receiver. Repeats nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a URL that begins with `https://`, without user and password; `http://` is for this machine only"
)]
pub struct ParseEndpointError;

impl Endpoint {
    /// Returns the host, and the port if it is not the usual one.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for Endpoint {
    type Err = ParseEndpointError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url: Url = text.parse().map_err(|_| ParseEndpointError)?;
        let is_safe = match url.scheme() {
            "https" => url.has_host(),
            "http" => url.host().is_some_and(|host| is_loopback(&host)),
            _ => false,
        };
        let is_plain = url.username().is_empty() && url.password().is_none();
        if is_safe && is_plain { Ok(Self(url)) } else { Err(ParseEndpointError) }
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).to_canonical().is_loopback(),
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({})", self.host())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secure_addresses_and_those_of_this_machine_are_taken() {
        for (text, host) in [
            ("https://hooks.example.com/a/secret?token=b", "hooks.example.com"),
            ("https://hooks.example.com:8443", "hooks.example.com:8443"),
            ("http://localhost:9000/x", "localhost:9000"),
            ("http://127.0.0.2/", "127.0.0.2"),
            ("http://[::1]:80/", "[::1]"),
            ("http://[::ffff:127.0.0.1]/", "[::ffff:7f00:1]"),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!(endpoint.host(), host);
            assert_eq!(format!("{endpoint:?}"), format!("Endpoint({host})"));
        }
        for text in [
            "",
            "hooks.example.com",
            "http://hooks.example.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "https://user@hooks.example.com",
            "https://:secret@hooks.example.com",
            "ftp://localhost",
            "file:///etc/passwd",
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(ParseEndpointError), "{text}");
        }
    }
}
