//! Parses the webhook settings.

use watchme_webhooks::{Config, Endpoint, ParseEndpointError, ParseSecretError, Secret};

use crate::reader::{Noted, Reader};
use crate::variables as var;

/// Maximum number of receivers. More is a mistake: forwarding events is another service's job.
const MOST_ENDPOINTS: usize = 16;

/// Parses URLs and secret: both must be set, or neither.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Config>, Noted> {
    let endpoints = reader.optional(&var::WEBHOOK_URLS, endpoints);
    let secret = reader.optional(&var::WEBHOOK_SECRET, secret);
    match (endpoints?, secret?) {
        (Some(endpoints), Some(secret)) => Ok(Some(Config::new(endpoints, secret))),
        (None, None) => Ok(None),
        (Some(_), None) => {
            let finding = "is missing while `WATCHME_WEBHOOK_URLS` is set";
            reader.refuse(&var::WEBHOOK_SECRET, finding, "set both or neither");
            Err(Noted)
        }
        (None, Some(_)) => {
            let finding = "is missing while `WATCHME_WEBHOOK_SECRET` is set";
            reader.refuse(&var::WEBHOOK_URLS, finding, "set both or neither");
            Err(Noted)
        }
    }
}

fn endpoints(text: &str) -> Result<Vec<Endpoint>, String> {
    let mut endpoints: Vec<Endpoint> = Vec::new();
    for text in text.split(',') {
        let endpoint =
            text.trim().parse().map_err(|error: ParseEndpointError| error.to_string())?;
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    }
    if endpoints.len() > MOST_ENDPOINTS {
        return Err(format!("name at most {MOST_ENDPOINTS} receivers"));
    }
    Ok(endpoints)
}

fn secret(text: &str) -> Result<Secret, String> {
    text.parse().map_err(|error: ParseSecretError| error.to_string())
}
