//! A bucket in another region than the configured one.

use watchme_core::{AudioSource, SourceError, Verdict};
use watchme_storage::S3Config;

use crate::made::{Made, denied, key};
use crate::scripted::{Reply, Scripted};

const HERE: &str = "us-east-1";
const THERE: &str = "ap-northeast-1";

/// The region that a request is signed for.
fn is_signed_for(head: &str, region: &str) -> bool {
    head.contains(&format!("/{region}/s3/aws4_request"))
}

/// A bucket in `THERE`; requests that are signed for another region get `reply`.
async fn bucket_there(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Scripted {
    Scripted::start(move |head, _| {
        if !is_signed_for(head, THERE) {
            reply(head)
        } else if head.contains("list-type=2") {
            let listing = "<ListBucketResult/>";
            Reply::raw(200, &[("Content-Length", &listing.len().to_string())], listing)
        } else {
            Reply::object(b"bytes")
        }
    })
    .await
}

fn moved(_: &str) -> Reply {
    Reply::error_with(301, "PermanentRedirect", &[("x-amz-bucket-region", THERE)])
}

#[tokio::test]
async fn the_region_in_a_redirect_is_followed_and_remembered() {
    let server = bucket_there(moved).await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    for _ in 0..2 {
        assert!(made.fetch("files/a.wav").await.is_ok());
    }
    let asked: Vec<_> = server.requests().iter().map(|head| is_signed_for(head, THERE)).collect();
    assert_eq!(asked, [false, true, true]);
}

#[tokio::test]
async fn the_region_in_the_body_of_a_refusal_is_followed() {
    let server = bucket_there(|_| {
        let body = format!(
            "<Error><Code>AuthorizationHeaderMalformed</Code><Region>{THERE}</Region></Error>"
        );
        Reply::raw(400, &[("Content-Length", &body.len().to_string())], body)
    });
    let server = server.await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    assert!(made.fetch("files/a.wav").await.is_ok());
}

#[tokio::test]
async fn the_region_is_asked_for_where_a_refusal_does_not_tell_it() {
    let server = bucket_there(|head| {
        if head.starts_with("HEAD ") {
            Reply::raw(301, &[("x-amz-bucket-region", THERE), ("Content-Length", "0")], "")
        } else {
            Reply::error(400, "IllegalLocationConstraintException")
        }
    });
    let server = server.await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    assert!(made.fetch("files/a.wav").await.is_ok());
}

#[tokio::test]
async fn a_region_is_found_where_none_is_configured() {
    let server = bucket_there(moved).await;
    let made = Made::new(&server.endpoint, |config: &mut S3Config| config.region = None).await;
    assert!(made.fetch("files/a.wav").await.is_ok());
}

#[tokio::test]
async fn fetches_at_once_all_follow() {
    let server = bucket_there(moved).await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    let name = key("files/a.wav");
    let (one, two, three) =
        tokio::join!(made.source.fetch(&name), made.source.fetch(&name), made.source.fetch(&name));
    assert!(one.is_ok() && two.is_ok() && three.is_ok(), "{one:?} {two:?} {three:?}");
}

#[tokio::test]
async fn regions_that_send_to_each_other_end_in_a_refusal() {
    let server = Scripted::start(|head, _| {
        let other = if is_signed_for(head, HERE) { THERE } else { HERE };
        Reply::error_with(301, "PermanentRedirect", &[("x-amz-bucket-region", other)])
    });
    let server = server.await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(denied(&error).contains("set its region"), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_redirect_to_the_same_region_ends_in_a_refusal() {
    let server = Scripted::start(|_, _| {
        Reply::error_with(301, "PermanentRedirect", &[("x-amz-bucket-region", HERE)])
    });
    let server = server.await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(matches!(error, SourceError::Denied { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_region_that_is_no_name_is_not_followed() {
    let server = Scripted::start(|_, _| {
        Reply::error_with(301, "PermanentRedirect", &[("x-amz-bucket-region", "evil.example/")])
    });
    let server = server.await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(matches!(error, SourceError::Denied { .. }), "{error:?}");
    assert!(server.requests().iter().all(|head| is_signed_for(head, HERE)));
}

#[tokio::test]
async fn the_check_warns_of_a_region_that_differs() {
    let server = bucket_there(moved).await;
    let made = Made::new(&server.endpoint, |_| {}).await;
    let checks = made.source.check().await;
    let region = checks.iter().find(|check| check.subject == "bucket region").unwrap();
    let Verdict::Warn { finding, mend } = &region.verdict else { panic!("{checks:?}") };
    assert!(finding.contains(HERE) && finding.contains(THERE) && mend.contains(THERE));
    assert!(checks.iter().all(|check| !check.is_failure()), "{checks:?}");
}
