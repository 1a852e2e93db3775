//! Regions and endpoints: parts of the address that signed requests are sent to.

use url::Url;

/// Reason why requests cannot be sent to an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The region is not a name that a host can have.
    #[error("`{region}` is no region; write it like `us-east-1`")]
    Region {
        /// The text.
        region: String,
    },
    /// The endpoint is not a web address. It is not repeated: it may hold credentials.
    #[error("the endpoint is no URL; write it like `https://{service}.example.com`")]
    Endpoint {
        /// The service, as it begins the name of a host.
        service: &'static str,
    },
    /// The endpoint holds credentials, which would appear wherever it is shown.
    #[error("the endpoint has credentials in it; set them as access key and secret")]
    Credentials,
}

/// Refuses an address that requests cannot be sent to.
///
/// `service` is the first part of the host in the error's example of an endpoint, such as `s3`.
pub fn check_address(
    region: Option<&str>,
    endpoint: Option<&str>,
    service: &'static str,
) -> Result<(), AddressError> {
    region.map_or(Ok(()), check_region)?;
    endpoint.map_or(Ok(()), |endpoint| check_endpoint(endpoint, service))
}

/// Returns true if `text` may become part of the name of a host.
#[must_use]
pub fn is_region(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn check_region(region: &str) -> Result<(), AddressError> {
    if is_region(region) { Ok(()) } else { Err(AddressError::Region { region: region.to_owned() }) }
}

fn check_endpoint(endpoint: &str, service: &'static str) -> Result<(), AddressError> {
    let url = Url::parse(endpoint).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url.filter(Url::has_host) else {
        return Err(AddressError::Endpoint { service });
    };
    if url.username().is_empty() && url.password().is_none() {
        Ok(())
    } else {
        Err(AddressError::Credentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_web_address_without_credentials() {
        for good in [
            "http://127.0.0.1:9324",
            "https://sqs.example.com/",
            "https://s3.example.com/",
            "https://h/storage/v1/s3",
        ] {
            assert_eq!(check_endpoint(good, "s3"), Ok(()), "{good}");
        }
        for bad in ["", "s3.example.com", "ftp://h", "https://user:hunter2@h", "https://user@h"] {
            let error = check_endpoint(bad, "s3").unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn the_example_of_an_endpoint_names_the_service() {
        let error = check_endpoint("sqs.example.com", "sqs").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the endpoint is no URL; write it like `https://sqs.example.com`"
        );
    }

    #[test]
    fn a_region_is_a_part_of_a_host_name() {
        for (text, expected) in
            [("ap-southeast-2", true), ("", false), ("us-east-1.evil.example", false), ("A", false)]
        {
            assert_eq!(is_region(text), expected, "{text}");
            assert_eq!(check_region(text).is_ok(), expected, "{text}");
        }
    }
}
