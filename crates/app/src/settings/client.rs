//! Parses the access of the command line to a running service.

use secrecy::SecretString;
use url::Url;

use super::{ClientSettings, parse};
use crate::reader::Reader;
use crate::variables as var;

pub(super) fn read(reader: &mut Reader<'_>) -> Option<ClientSettings> {
    let server = reader.value(&var::SERVER_URL, server_url);
    let api_key = reader.optional(&var::API_KEY, header_text);
    Some(ClientSettings { server: server?, api_key: api_key.ok()?.map(SecretString::from) })
}

/// Parses the URL of a service. The error says what is expected.
pub fn server_url(text: &str) -> Result<Url, String> {
    parse::service_url(text)
}

fn header_text(text: &str) -> Result<String, String> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(text.to_owned());
    }
    Err("write the key as `watchme keys new` printed it".to_owned())
}
