//! Checks of a project: what they find, and that they change nothing.

use std::fmt::Write;
use std::time::Duration;

use tokio::net::TcpListener;
use watchme_core::{Check, TranscriptStore, Verdict};
use watchme_store_supabase::{Config, SupabaseStore};
use watchme_testkit::RecordingSeed;
use watchme_testkit::postgrest::{Fault, PostgrestFake, RowSecurity};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{hasty, store_over};

async fn laid_out() -> PostgrestFake {
    let fake = PostgrestFake::start().await;
    fake.insert_recording(&RecordingSeed::at("12-00"));
    fake
}

fn told(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check { subject, verdict } in checks {
        match verdict {
            Verdict::Pass(facts) => writeln!(text, "pass {subject}: {facts}"),
            Verdict::Warn { finding, mend } => {
                writeln!(text, "warn {subject}: {finding} -> {mend}")
            }
            Verdict::Fail { finding, mend } => {
                writeln!(text, "fail {subject}: {finding} -> {mend}")
            }
        }
        .unwrap();
    }
    assert!(!text.contains(PostgrestFake::SECRET_KEY), "{text}");
    text
}

#[tokio::test]
async fn a_sound_project_passes_and_is_not_changed() {
    let fake = laid_out().await;
    let before = (fake.rows("audio_files"), fake.rows("vibe_whisper"));
    let checks = store_over(&fake).check().await;
    insta::assert_snapshot!(told(&checks));
    assert_eq!((fake.rows("audio_files"), fake.rows("vibe_whisper")), before);
}

#[tokio::test]
async fn each_missing_column_is_named() {
    let fake = laid_out().await;
    fake.drop_column("audio_files", "file_path");
    fake.drop_column("audio_files", "transcriptions_status");
    fake.drop_table("vibe_whisper");
    insta::assert_snapshot!(told(&store_over(&fake).check().await));
}

#[tokio::test]
async fn row_level_security_is_suspected_where_no_row_is_visible() {
    let fake = laid_out().await;
    fake.set_row_security(RowSecurity::HidesRows);
    insta::assert_snapshot!(told(&store_over(&fake).check().await));
}

#[tokio::test]
async fn a_lacking_permission_to_write_is_found() {
    let fake = laid_out().await;
    fake.set_row_security(RowSecurity::RefusesWrites);
    insta::assert_snapshot!(told(&store_over(&fake).check().await));
}

#[tokio::test]
async fn a_wrong_key_is_told_from_a_wrong_address() {
    let fake = laid_out().await;
    let wrong_key = Config { key: "guess".into(), ..hasty(fake.url()) };
    let key = told(&SupabaseStore::new(&wrong_key).unwrap().check().await);
    let wrong_address = hasty(&format!("{}/elsewhere", fake.url()));
    let address = told(&SupabaseStore::new(&wrong_address).unwrap().check().await);
    insta::assert_snapshot!(format!("{key}\n{address}"));
}

#[tokio::test]
async fn a_project_that_cannot_be_reached_is_asked_no_further() {
    let fake = laid_out().await;
    fake.inject(Fault::error(503, "PGRST000", "Database connection error").times(100));
    let checks = store_over(&fake).check().await;
    assert_eq!(checks.len(), 2, "{checks:?}");
    assert!(checks[1].is_failure(), "{checks:?}");
    assert_eq!(fake.requests().len(), 3, "one request with its repetitions");
}

/// Each in a second at most, but for silence: whoever asks for the reason does not wait for long.
#[tokio::test]
async fn each_way_of_being_unreachable_has_its_own_reason() {
    let answers = [
        Fault::error(503, "PGRST000", "Database connection error"),
        Fault::too_many_requests("3600"),
        Fault::answer(500, "text/html", "<html>"),
        Fault::answer(522, "text/html", "<html>"),
    ];
    let mut text = String::new();
    for answer in answers {
        let fake = laid_out().await;
        fake.inject(answer.times(100));
        text += &told(&store_over(&fake).check().await);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let nobody = SupabaseStore::new(&hasty(&format!("http://{address}"))).unwrap();
    text += &told(&nobody.check().await);

    let fake = laid_out().await;
    let (silence, _gate) = Fault::hold();
    fake.inject(silence);
    let config = Config { request_timeout: Duration::from_millis(50), ..hasty(fake.url()) };
    text += &told(&SupabaseStore::new(&config).unwrap().check().await);
    insta::assert_snapshot!(text.replace("pass Supabase key: a secret key\n", ""));
}

#[tokio::test]
async fn claims_of_an_earlier_version_are_warned_about() {
    let server = MockServer::start().await;
    let no_column = serde_json::json!({"code": "42703", "message": "column does not exist"});
    Mock::given(path("/rest/v1/transcription_claims"))
        .respond_with(ResponseTemplate::new(400).set_body_json(no_column))
        .mount(&server)
        .await;
    let rows = ResponseTemplate::new(200).set_body_json(serde_json::json!([]));
    Mock::given(any()).respond_with(rows).mount(&server).await;
    let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();
    let text = told(&store.check().await);
    assert!(text.contains("warn claims: they are of an earlier version"), "{text}");
}

/// A single error between two checks says nothing about the project.
#[tokio::test]
async fn a_check_passes_over_a_single_error() {
    let fake = laid_out().await;
    fake.inject(Fault::answer(502, "text/html", "<html>"));
    let checks = store_over(&fake).check().await;
    assert!(!checks.iter().any(Check::is_failure), "{checks:?}");
}
