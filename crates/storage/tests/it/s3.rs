//! The S3 source against a real S3 server that checks signatures.

use tempfile::TempDir;
use watchme_core::{AudioSource, SourceError, Verdict};
use watchme_storage::{AwsCredentials, S3Config, S3Source};
use watchme_testkit::S3Server;
use watchme_testkit::contract::source::{LIMIT_BYTES, Objects, SourceUnderTest};

use crate::made::{BUCKET, Made, config_for, denied, keys};

watchme_testkit::source_contract!(over_s3);

async fn over_s3(objects: Objects) -> SourceUnderTest {
    let server = server_with(objects).await;
    let spool = TempDir::new().unwrap();
    let spool_dir = spool.path().to_owned();
    let config = S3Config { max_bytes: LIMIT_BYTES, ..config_for(server.endpoint(), &spool_dir) };
    let source = Box::new(S3Source::connect(config).await.unwrap());
    SourceUnderTest { source, spool_dir: Some(spool_dir), guard: Box::new((server, spool)) }
}

async fn server_with(objects: Objects) -> S3Server {
    let server = S3Server::temporary().await;
    server.create_bucket(BUCKET);
    for (name, bytes) in objects {
        server.put(BUCKET, &name, bytes);
    }
    server
}

async fn one_object() -> S3Server {
    server_with(vec![("files/a.wav".to_owned(), b"bytes".to_vec())]).await
}

#[tokio::test]
async fn a_wrong_secret_is_denied() {
    let server = one_object().await;
    let wrong = |config: &mut S3Config| {
        config.credentials = keys(S3Server::ACCESS_KEY_ID, "another/secret");
    };
    let made = Made::new(server.endpoint(), wrong).await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(denied(&error).contains("secret does not belong"), "{error}");
}

#[tokio::test]
async fn a_wrong_access_key_is_denied() {
    let server = one_object().await;
    let wrong = |config: &mut S3Config| {
        config.credentials = keys("AKIAUNKNOWN", S3Server::SECRET_ACCESS_KEY);
    };
    let made = Made::new(server.endpoint(), wrong).await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(matches!(error, SourceError::Denied { .. }), "{error:?}");
}

#[tokio::test]
async fn a_wrong_bucket_is_denied_and_not_missing() {
    let server = one_object().await;
    let wrong = |config: &mut S3Config| "another-bucket".clone_into(&mut config.bucket);
    let made = Made::new(server.endpoint(), wrong).await;
    let error = made.fetch_error("files/a.wav").await;
    assert!(denied(&error).contains("no such bucket"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_gone_is_unavailable() {
    let server = one_object().await;
    let made = Made::new(server.endpoint(), |_| {}).await;
    assert!(made.fetch("files/a.wav").await.is_ok());
    drop(server);
    let error = made.fetch_error("files/a.wav").await;
    assert!(matches!(error, SourceError::Unavailable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_spool_folder_that_is_a_file_is_named() {
    let server = one_object().await;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let blocked = |config: &mut S3Config| config.spool_dir.clone_from(&file);
    let made = Made::new(server.endpoint(), blocked).await;
    let error = made.fetch_error("files/a.wav").await;
    let SourceError::Spool { reason, .. } = &error else { panic!("{error:?}") };
    assert!(reason.contains(&*file.to_string_lossy()) && reason.contains("no folder"), "{reason}");

    let checks = made.source.check().await;
    let failed: Vec<_> = checks.iter().filter(|check| check.is_failure()).collect();
    assert_eq!(failed.len(), 1, "{checks:?}");
    assert_eq!(failed[0].subject, "spool folder");
}

#[tokio::test]
async fn a_spool_folder_that_is_not_there_is_made() {
    let server = one_object().await;
    let folder = TempDir::new().unwrap();
    let absent = folder.path().join("a/b");
    let made = Made::new(server.endpoint(), |config| config.spool_dir.clone_from(&absent)).await;
    let audio = made.fetch("files/a.wav").await.unwrap();
    assert!(audio.path().starts_with(&absent), "{audio:?}");
}

#[tokio::test]
async fn the_checks_tell_a_wrong_secret_and_a_wrong_bucket() {
    let server = one_object().await;
    let changes: [fn(&mut S3Config); 2] = [
        |config| config.credentials = keys(S3Server::ACCESS_KEY_ID, "another/secret"),
        |config| "another-bucket".clone_into(&mut config.bucket),
    ];
    for (change, expected) in changes.into_iter().zip(["secret", "no such bucket"]) {
        let made = Made::new(server.endpoint(), change).await;
        let checks = made.source.check().await;
        let verdicts: Vec<_> = checks.iter().map(|check| &check.verdict).collect();
        let [Verdict::Pass(_), Verdict::Fail { finding, mend }] = &verdicts[..] else {
            panic!("{checks:?}");
        };
        assert!(finding.contains(expected) && !mend.is_empty(), "{finding}");
    }
}

#[tokio::test]
async fn a_source_is_printed_without_its_secrets() {
    let made = Made::new("http://127.0.0.1:9", |config| {
        config.credentials = AwsCredentials::Static {
            access_key_id: "AKIA".to_owned(),
            secret_access_key: "s3cr3t".into(),
            session_token: Some("t0k3n".into()),
        };
    })
    .await;
    let printed = format!("{:?}", made.source);
    assert!(!printed.contains("s3cr3t") && !printed.contains("t0k3n"), "{printed}");
    assert!(printed.contains(BUCKET));
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_denied_before_any_request() {
    let spool = TempDir::new().unwrap();
    let changes: [fn(&mut S3Config); 4] = [
        |config| config.bucket.clear(),
        |config| config.region = Some("us-east-1.evil.example/".to_owned()),
        |config| config.endpoint = Some("localhost".to_owned()),
        |config| config.endpoint = Some("http://user:hunter2@localhost".to_owned()),
    ];
    for change in changes {
        let mut config = config_for("http://127.0.0.1:9", spool.path());
        change(&mut config);
        let error = S3Source::connect(config).await.unwrap_err();
        assert!(!denied(&error).contains("hunter2"), "{error}");
    }
}
