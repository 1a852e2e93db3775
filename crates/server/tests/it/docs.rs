//! The interface as it is described.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use serde_json::Value;

use crate::world::{World, request};

#[tokio::test]
async fn the_description_is_as_agreed() {
    let world = World::of_blocks(&[]);
    let answer = world.get("/openapi.json").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&answer.json()).unwrap());
}

#[tokio::test]
async fn every_reference_of_the_description_leads_somewhere() {
    let document = World::of_blocks(&[]).get("/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 10);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for operation in operations.as_object().unwrap().values() {
            assert!(!operation["responses"].as_object().unwrap().is_empty(), "{path}");
            assert!(operation["summary"].is_string(), "{path}");
        }
    }
}

#[tokio::test]
async fn every_described_path_is_there() {
    let world = World::of_blocks(&[]);
    let document = world.get("/openapi.json").await.json();
    for path in document["paths"].as_object().unwrap().keys() {
        // This one goes on for ever.
        if path == "/v1/events" {
            let status = world.status(request(Method::GET, path, "")).await;
            assert_eq!(status, StatusCode::OK);
            continue;
        }
        let answer = world.get(path).await;
        // A path with parameters exists if its own handler says that they name nothing.
        assert!(!answer.text.contains("nothing at this path"), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn the_page_needs_no_other_host() {
    let world = World::of_blocks(&[]);
    let page = world.get("/docs").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(!page.text.contains("//"), "{}", page.text);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");

    let mut files = page.text.split('"').filter(|text| text.starts_with("docs/")).peekable();
    assert!(files.peek().is_some());
    for file in files {
        let response = world.router.clone();
        let request = request(Method::HEAD, &format!("/{file}"), "");
        let response = tower::ServiceExt::oneshot(response, request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{file}");
        assert!(response.headers().contains_key("content-type"), "{file}");
    }
    let script = world.get("/docs/page.js").await;
    assert!(!script.text.contains("//"));
    assert_eq!(script.header("content-type"), Some("text/javascript"));
}

#[tokio::test]
async fn only_the_files_of_the_page_are_served() {
    let world = World::of_blocks(&[]);
    for path in ["/docs/index.html", "/docs/..%2F..%2Fetc%2Fpasswd", "/docs/a/b"] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

fn collect_references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(reference)) = map.get("$ref") {
                found.insert(reference.clone());
            }
            map.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}
