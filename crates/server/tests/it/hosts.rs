//! Hosts that requests name.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use watchme_server::Settings;
use watchme_testkit::{FakeSource, FakeStore};

use crate::world::{World, request, settings};

fn world(allowed: &[&str]) -> World {
    let allowed_hosts = Some(allowed.iter().map(ToString::to_string).collect());
    let source = FakeSource::new::<String, String>([]);
    World::new(FakeStore::new([]), source, Settings { allowed_hosts, ..settings() })
}

fn to(path: &str, hosts: &[&str]) -> Request<Body> {
    let mut request = request(Method::GET, path, "");
    request.headers_mut().remove(header::HOST);
    for host in hosts {
        request.headers_mut().append(header::HOST, HeaderValue::from_str(host).unwrap());
    }
    request
}

#[tokio::test]
async fn a_page_that_leads_its_own_name_here_reads_nothing() {
    let world = world(&["api.hey-watch.me"]);
    for path in ["/", "/health", "/v1/devices", "/ui", "/fetch-and-transcribe", "/nowhere"] {
        let answer = world.send(to(path, &["rebound.example:8001"])).await;
        answer.assert_error(StatusCode::MISDIRECTED_REQUEST, "WATCHME_ALLOWED_HOSTS");
        for host in ["localhost:8001", "127.0.0.1", "[::1]:8001", "api.hey-watch.me"] {
            let status = world.status(to(path, &[host])).await;
            assert_ne!(status, StatusCode::MISDIRECTED_REQUEST, "{path} {host}");
        }
    }
    let answer = world.send(to("/v1/models", &["rebound.example"])).await;
    assert!(answer.json()["error"]["message"].is_string(), "{answer:?}");
}

#[tokio::test]
async fn without_a_restriction_every_host_is_answered() {
    let world = World::of_blocks(&[]);
    assert_eq!(world.status(to("/health", &["any.example"])).await, StatusCode::OK);
}

#[tokio::test]
async fn a_request_without_a_host_or_with_two_is_refused() {
    let world = World::of_blocks(&[]);
    for hosts in [&[][..], &["a", "a"], &["a", "b"]] {
        let answer = world.send(to("/health", hosts)).await;
        answer.assert_error(StatusCode::BAD_REQUEST, "exactly one `Host`");
    }
}
