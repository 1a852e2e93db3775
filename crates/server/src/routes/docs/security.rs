//! Authentication and rate limits of all paths that are not open, described once for all of them.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{Modify, PartialSchema, ToSchema};
use watchme_wire::ErrorBody;
use watchme_wire::openai::OpenAiErrorBody;

use crate::middleware::access;
use crate::middleware::sessions::COOKIE;
use crate::routes::openai;

/// Names of the ways to send a key or a session.
const SCHEMES: [&str; 3] = ["bearer", "api_key", "session"];

/// Adds to each path what [`crate::middleware::access`] requires.
pub(super) struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let [bearer, api_key, session] = SCHEMES;
        let components = document.components.get_or_insert_default();
        let http = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme(bearer, http);
        let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key")));
        components.add_security_scheme(api_key, header);
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE)));
        components.add_security_scheme(session, cookie);

        let paths = document.paths.paths.iter_mut();
        for (path, item) in paths.filter(|(path, _)| !access::is_open(path)) {
            let body = if openai::is_of_openai(path) {
                OpenAiErrorBody::name()
            } else {
                ErrorBody::name()
            };
            let methods = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
            methods.into_iter().flatten().for_each(|operation| close(operation, &body));
        }
    }
}

/// Describes an operation as closed. `body` names the schema of a refusal.
fn close(operation: &mut Operation, body: &str) {
    let none: [&str; 0] = [];
    let either = SCHEMES.map(|name| SecurityRequirement::new(name, none));
    // The empty requirement is for a service without keys.
    let security = either.into_iter().chain([SecurityRequirement::default()]);
    operation.security = Some(security.collect());
    let responses = &mut operation.responses.responses;
    let unauthorized = refusal("A valid key is needed", body).build();
    responses.insert("401".to_owned(), RefOr::T(unauthorized));
    let seconds = HeaderBuilder::new().schema(Some(u64::schema())).description(Some("Seconds"));
    let too_many: Response =
        refusal("The key's rate limit is reached; `retry-after` says when to try again", body)
            .header("retry-after", seconds.build())
            .build();
    responses.insert("429".to_owned(), RefOr::T(too_many));
}

fn refusal(description: &str, body: &str) -> ResponseBuilder {
    let body = Content::new(Some(Ref::from_schema_name(body)));
    ResponseBuilder::new().description(description).content("application/json", body)
}
