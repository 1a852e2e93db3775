//! Answers that are wrong, slow, broken off or refusing.

use std::num::NonZeroU32;
use std::time::Duration;

use watchme_core::{AudioSource, ErrorChain, SourceError, Verdict};

use crate::made::{BUCKET, Made, denied, temporary_keys};
use crate::scripted::{Reply, Scripted};

const BYTES: &[u8] = b"some bytes of a recording";

/// Returns the outcome of a fetch, and the number of requests it took.
async fn fetch_error(
    script: impl Fn(&str, usize) -> Reply + Send + Sync + 'static,
) -> (SourceError, usize) {
    let server = Scripted::start(script).await;
    let made = Made::new(&server.endpoint, |config| config.credentials = temporary_keys()).await;
    let error = made.fetch_error("files/a.wav").await;
    (error, server.requests().len())
}

/// A body that ends before its announced length.
fn cut_short() -> Reply {
    Reply::raw(200, &[("Content-Length", "1000")], BYTES)
}

#[tokio::test]
async fn a_body_that_is_always_cut_short_is_damaged() {
    let (error, requests) = fetch_error(|_, _| cut_short()).await;
    let SourceError::Damaged { reason } = &error else { panic!("{error:?}") };
    assert_eq!(reason, "25 of 1000 bytes came");
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn a_body_that_is_cut_short_once_is_fetched_again() {
    let server = Scripted::start(|_, nth| match nth {
        0 => cut_short(),
        _ => Reply::object(BYTES),
    });
    let server = server.await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    let audio = made.fetch("files/a.wav").await.unwrap();
    assert_eq!(std::fs::read(audio.path()).unwrap(), BYTES);
    // The first attempt's file is gone.
    assert_eq!(std::fs::read_dir(made.spool.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_checksum_that_differs_is_damaged() {
    let checksum = ("x-amz-checksum-crc32", "AAAAAA==");
    let (error, requests) =
        fetch_error(move |_, _| Reply::raw(200, &[("Content-Length", "25"), checksum], BYTES))
            .await;
    let SourceError::Damaged { reason } = &error else { panic!("{error:?}") };
    assert_eq!(reason, "the checksum of its 25 bytes differs");
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn an_etag_that_differs_is_damaged_where_there_is_no_checksum() {
    let etag = ("ETag", "\"00000000000000000000000000000000\"");
    let (error, _) =
        fetch_error(move |_, _| Reply::raw(200, &[("Content-Length", "25"), etag], BYTES)).await;
    assert!(matches!(error, SourceError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn an_etag_of_an_upload_in_parts_says_nothing_of_the_content() {
    let etag = ("ETag", "\"00000000000000000000000000000000-2\"");
    let reply = Reply::raw(200, &[("Content-Length", "25"), etag], BYTES);
    let server = Scripted::start(move |_, _| reply.clone()).await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    assert!(made.fetch("files/a.wav").await.is_ok());
}

#[tokio::test]
async fn an_announced_length_over_the_limit_is_refused_before_the_body() {
    // Nothing but the head ever comes: whoever read the body would wait.
    let head = Reply::raw(200, &[("Content-Length", "1000000")], "").then_silence();
    let server = Scripted::start(move |_, _| head.clone()).await;
    let made = Made::new(&server.endpoint, |config| config.max_bytes = 10).await;
    let error = made.fetch_error("files/a.wav").await;
    let SourceError::TooLarge { size_bytes, limit_bytes } = error else { panic!("{error:?}") };
    assert_eq!((size_bytes, limit_bytes), (1_000_000, 10));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_read_no_further_than_the_limit() {
    // One chunk over the limit, and never an end.
    let chunk = b"19\r\nsome bytes of a recording\r\n";
    let reply = Reply::raw(200, &[("Transfer-Encoding", "chunked")], chunk).then_silence();
    let server = Scripted::start(move |_, _| reply.clone()).await;
    let made = Made::new(&server.endpoint, |config| config.max_bytes = 10).await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(matches!(error, SourceError::TooLarge { limit_bytes: 10, .. }), "{error:?}");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_fetched() {
    let chunks = b"19\r\nsome bytes of a recording\r\n0\r\n\r\n";
    let reply = Reply::raw(200, &[("Transfer-Encoding", "chunked")], chunks);
    let server = Scripted::start(move |_, _| reply.clone()).await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    let audio = made.fetch("files/a.wav").await.unwrap();
    assert_eq!(std::fs::read(audio.path()).unwrap(), BYTES);
}

#[tokio::test]
async fn a_body_that_stalls_is_unavailable() {
    let server = Scripted::start(|_, _| cut_short().then_silence()).await;
    let made = Made::new(&server.endpoint, |config| {
        // Long enough for the head of the answer on a busy machine.
        config.timeouts.stall = Duration::from_millis(500);
        config.attempts = NonZeroU32::MIN;
    })
    .await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(matches!(error, SourceError::Unavailable { .. }), "{error:?}");
    let told = ErrorChain(&error).to_string();
    assert!(told.contains("nothing came for 0.5 s"), "{told}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_unavailable() {
    let server = Scripted::start(|_, _| Reply::silence()).await;
    let made = Made::new(&server.endpoint, |config| {
        config.timeouts.stall = Duration::from_millis(50);
    })
    .await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(matches!(error, SourceError::Unavailable { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_unavailable() {
    let server = Scripted::start(|_, _| cut_short().then_silence()).await;
    let made = Made::new(&server.endpoint, |config| {
        config.timeouts.attempt = Duration::from_millis(50);
    })
    .await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(ErrorChain(&error).to_string().contains("not complete after 0.05 s"), "{error:?}");
}

#[tokio::test]
async fn two_failures_of_the_service_are_survived() {
    let server = Scripted::start(|_, nth| match nth {
        0 => Reply::error(503, "SlowDown"),
        1 => Reply::error(500, "InternalError"),
        _ => Reply::object(BYTES),
    });
    let server = server.await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    let audio = made.fetch("files/a.wav").await.unwrap();
    assert_eq!(audio.size_bytes(), 25);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_service_that_always_fails_is_unavailable_after_all_attempts_and_no_more() {
    let (error, requests) = fetch_error(|_, _| Reply::error(503, "ServiceUnavailable")).await;
    assert!(matches!(error, SourceError::Unavailable { .. }), "{error:?}");
    assert!(ErrorChain(&error).to_string().contains("503 `ServiceUnavailable`"), "{error:?}");
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn each_refusal_is_denied_at_once_with_its_mend() {
    let table = [
        (400, "ExpiredToken", "expired"),
        (403, "InvalidAccessKeyId", "access key is unknown"),
        (403, "SignatureDoesNotMatch", "secret"),
        (403, "RequestTimeTooSkewed", "clock"),
        (403, "AccessDenied", "`s3:ListBucket`"),
        (404, "NoSuchBucket", "no such bucket"),
    ];
    for (status, code, expected) in table {
        let (error, requests) = fetch_error(move |_, _| Reply::error(status, code)).await;
        assert!(denied(&error).contains(expected), "{code}: {error}");
        assert!(ErrorChain(&error).to_string().contains(code), "{error:?}");
        assert_eq!(requests, 1, "{code}");
    }
}

#[tokio::test]
async fn an_archived_recording_is_its_own_failure() {
    let (error, _) = fetch_error(|_, _| Reply::error(403, "InvalidObjectState")).await;
    let SourceError::Damaged { reason } = &error else { panic!("{error:?}") };
    assert!(reason.contains("archived"), "{reason}");
}

#[tokio::test]
async fn a_page_that_is_not_of_s3_makes_no_recording_missing() {
    let page = "<html><h1>404 Not Found</h1></html>";
    let headers = [("Content-Type", "text/html"), ("Content-Length", "35")];
    let (error, _) = fetch_error(move |_, _| Reply::raw(404, &headers, page)).await;
    assert!(denied(&error).contains("check the endpoint"), "{error}");
}

#[tokio::test]
async fn a_key_is_sent_as_it_is_and_never_resolved_as_a_path() {
    let server = Scripted::start(|_, _| Reply::error(404, "NoSuchKey")).await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    for (name, target) in [
        ("a/../../b", "a/../../b"),
        ("/etc/passwd", "/etc/passwd"),
        ("a b+c%20d?e#f", "a%20b%2Bc%2520d%3Fe%23f"),
    ] {
        let error = made.fetch_error(name).await;
        assert!(matches!(error, SourceError::Missing { .. }), "{error:?}");
        let expected = format!("GET /{BUCKET}/{target}?");
        let request = server.requests().pop().unwrap();
        assert!(request.starts_with(&expected), "{request}");
    }
}

#[tokio::test]
async fn without_the_right_to_list_the_check_warns() {
    let server = Scripted::start(|_, _| Reply::error(403, "AccessDenied")).await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    let checks = made.source.check().await;
    let warned = checks.iter().find_map(|check| match &check.verdict {
        Verdict::Warn { mend, .. } => Some(mend),
        _ => None,
    });
    assert!(warned.is_some_and(|mend| mend.contains("s3:ListBucket")), "{checks:?}");
}
