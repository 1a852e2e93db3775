//! The HTTP side: key, routes, faults and the log.

use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use tokio::net::TcpListener;

use super::error::Refusal;
use super::fault::{self, Effect};
use super::request::LoggedRequest;
use super::respond::{TableRequest, respond};
use super::{Database, PostgrestFake, lock};

type Shared = Arc<Mutex<Database>>;

/// Serves on a free port of the loopback interface and returns the address.
pub(crate) async fn serve(database: Shared) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port of the loopback");
    let address = listener.local_addr().expect("the address of a bound socket");
    let router = Router::new().fallback(answer).with_state(database);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn answer(
    State(database): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Infallible> {
    let mut logged =
        LoggedRequest::new(method.as_str(), uri.path(), uri.query().unwrap_or_default(), &headers);
    logged.body = serde_json::from_slice(&body).ok();
    let query = logged.query.clone();
    let table = uri.path().strip_prefix("/rest/v1/");
    let effect = {
        let mut database = lock(&database);
        database.log.push(logged);
        table.and_then(|table| fault::take(&mut database.faults, method.as_str(), table))
    };
    match &effect {
        Some(Effect::Answer { status, headers, body }) => {
            return Ok(scripted(*status, headers, body));
        }
        Some(Effect::Hold(passage)) => passage.clone().pass().await,
        Some(Effect::CutBody) | None => {}
    }
    let served = match table {
        None => Err(Refusal::of_gateway(404, "no Route matched with those values", "")),
        Some(table) if table.starts_with("rpc/") => {
            let message = "Could not find the function in the schema cache";
            Err(Refusal::new(404, "PGRST202", message))
        }
        Some(table) => check_key(&headers).and_then(|()| {
            let request = TableRequest {
                method: &method,
                table,
                query: &query,
                headers: &headers,
                body: &body,
            };
            respond(&mut lock(&database), &request)
        }),
    };
    let response = served.unwrap_or_else(IntoResponse::into_response);
    Ok(if matches!(effect, Some(Effect::CutBody)) { cut(response) } else { response })
}

/// Checks the key as the gateway and PostgREST do.
fn check_key(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(key) = text("apikey").filter(|key| !key.is_empty()) else {
        let hint = "No `apikey` request header or url param was found.";
        return Err(Refusal::of_gateway(401, "No API key found in request", hint));
    };
    if key != PostgrestFake::SECRET_KEY && key != PostgrestFake::SERVICE_JWT {
        let hint = "Double check your Supabase `anon` or `service_role` API key.";
        return Err(Refusal::of_gateway(401, "Invalid API key", hint));
    }
    match text("authorization") {
        Some(value) if value.strip_prefix("Bearer ") != Some(PostgrestFake::SERVICE_JWT) => {
            let message = "Expected 3 parts in JWT; got 1";
            Err(Refusal::new(401, "PGRST301", message))
        }
        _ => Ok(()),
    }
}

fn scripted(status: u16, headers: &[(&'static str, String)], body: &str) -> Response {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() =
        StatusCode::from_u16(status).expect("a fault with a status between 100 and 999");
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).expect("a fault with a printable header");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}

/// Makes the head of a response and the beginning of a body that never ends properly.
fn cut(response: Response) -> Response {
    let (parts, _) = response.into_parts();
    let start = stream::iter([Ok(Bytes::from_static(b"[{\"device_id\":"))]);
    let end = stream::once(async {
        // The server sends the first part while it waits for more.
        tokio::task::yield_now().await;
        Err(io::Error::other("cut on demand"))
    });
    Response::from_parts(parts, Body::from_stream(start.chain(end)))
}
