//! Recorded answers of another S3 server, and the requests that another client made for them.

use serde_json::Value;
use watchme_core::SourceError;

use crate::made::{Made, denied};
use crate::scripted::{Reply, Scripted};

/// A recorded case: the request's method and path, the key in it, and the answer.
struct Case {
    request_line: String,
    key: String,
    reply: Reply,
    body: String,
    bucket: String,
}

fn read_case(json: &str) -> Case {
    let case: Value = serde_json::from_str(json).unwrap();
    let (request, response) = (&case["request"], &case["response"]);
    let target = request["raw_target"].as_str().unwrap();
    let path = percent_decoded(target);
    let (bucket, key) = path[1..].split_once('/').unwrap();
    let status = response["status"].as_u64().unwrap().try_into().unwrap();
    let body = response["body_text"].as_str().unwrap();
    // Identifiers in the bodies were shortened after recording, so lengths are counted anew.
    let length = body.len().to_string();
    let recorded = response["headers"].as_object().unwrap().iter();
    let headers: Vec<_> = recorded
        .map(|(name, value)| match name.as_str() {
            "content-length" => ("content-length", length.as_str()),
            name => (name, value.as_str().unwrap()),
        })
        .collect();
    Case {
        request_line: format!("{} {target}", request["method"].as_str().unwrap()),
        key: key.to_owned(),
        reply: Reply::raw(status, &headers, body),
        body: body.to_owned(),
        bucket: bucket.to_owned(),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}

async fn server_and_source(case: &Case) -> (Scripted, Made) {
    let reply = case.reply.clone();
    let server = Scripted::start(move |_, _| reply.clone()).await;
    let made = Made::new(&server.endpoint, |config| config.bucket.clone_from(&case.bucket)).await;
    (server, made)
}

fn assert_same_request(server: &Scripted, case: &Case) {
    let [head] = &server.requests()[..] else { panic!("{:?}", server.requests()) };
    let line = head.lines().next().unwrap();
    let line = line.replace("?x-id=GetObject", "");
    assert_eq!(line, format!("{} HTTP/1.1", case.request_line));
    assert!(head.contains("x-amz-checksum-mode: ENABLED"), "{head}");
}

#[tokio::test]
async fn recorded_objects_are_asked_for_alike_and_their_checksums_hold() {
    for json in [
        include_str!("../contract/s3_boto3__get_object.json"),
        include_str!("../contract/s3_boto3__get_object_jp_key.json"),
    ] {
        let case = read_case(json);
        let (server, made) = server_and_source(&case).await;
        let audio = made.fetch(&case.key).await.unwrap();
        assert_eq!(std::fs::read(audio.path()).unwrap(), case.body.as_bytes());
        assert_same_request(&server, &case);
    }
}

#[tokio::test]
async fn a_recorded_absent_key_is_missing() {
    let case = read_case(include_str!("../contract/s3_boto3__get_object_no_such_key.json"));
    let (server, made) = server_and_source(&case).await;
    let error = made.fetch_error(&case.key).await;
    assert!(matches!(error, SourceError::Missing { .. }), "{error:?}");
    assert_same_request(&server, &case);
}

#[tokio::test]
async fn a_recorded_absent_bucket_is_denied() {
    let case = read_case(include_str!("../contract/s3_boto3__get_object_no_such_bucket.json"));
    let (server, made) = server_and_source(&case).await;
    let error = made.fetch_error(&case.key).await;
    assert!(denied(&error).contains("no such bucket"), "{error}");
    assert_same_request(&server, &case);
}
