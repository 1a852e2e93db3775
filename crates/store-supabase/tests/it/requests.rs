//! Requests on the wire: method, address, headers and body of each.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use watchme_core::{
    ClaimError, ClaimOrder, ClaimQuery, ClaimRequest, ClaimScope, ClaimStore, Completion,
    FailedAttempt, Failure, FailureKind, Quarantine, RecordingQuery, RecordingStatus,
    TranscriptStore,
};
use watchme_store_supabase::{Config, SupabaseStore};
use watchme_testkit::RecordingSeed;
use watchme_testkit::postgrest::{LoggedRequest, PostgrestFake};
use watchme_testkit::sample::{self, DAY, DEVICE};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::{hasty, store_over, window};

/// A request as it is on the wire, without what differs between machines.
fn written(request: &LoggedRequest) -> String {
    let mut text = format!("{} {}?{}\n", request.method, request.path, request.raw_query);
    for (name, value) in &request.headers {
        let value = match name.as_str() {
            "host" | "content-length" => continue,
            "user-agent" => value.split('/').next().unwrap(),
            _ => value,
        };
        let value = value
            .replace(PostgrestFake::SECRET_KEY, "SECRET_KEY")
            .replace(PostgrestFake::SERVICE_JWT, "SERVICE_JWT");
        writeln!(text, "{name}: {value}").unwrap();
    }
    if let Some(body) = &request.body {
        writeln!(text, "\n{body}").unwrap();
    }
    text
}

fn all_written(fake: &PostgrestFake) -> String {
    fake.requests().iter().map(written).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn recordings_are_asked_for_in_a_total_order_with_a_count() {
    let fake = PostgrestFake::start().await;
    let store = store_over(&fake);
    let objects = ["plain", "a,b", "say \"hi\" \\ 録音"].map(sample::object_key);
    for query in [
        window(),
        RecordingQuery::Pending,
        RecordingQuery::Failed,
        RecordingQuery::Objects(objects.into_iter().collect()),
        RecordingQuery::Objects(BTreeSet::new()),
    ] {
        store.recordings(&query).await.unwrap();
    }
    insta::assert_snapshot!(all_written(&fake));
}

#[tokio::test]
async fn the_next_page_begins_at_the_last_row_and_a_plus_stays_a_plus() {
    let fake = PostgrestFake::start().await;
    for minute in ["10", "20", "30"] {
        let time = format!("{DAY}T12:{minute}:00.5+00:00");
        fake.insert_recording(&RecordingSeed::new(time, minute));
    }
    fake.set_max_rows(2);
    assert_eq!(store_over(&fake).recordings(&window()).await.unwrap().len(), 3);
    let queries: Vec<_> = fake.requests().into_iter().map(|request| request.raw_query).collect();
    insta::assert_snapshot!(queries.join("\n").replace('&', "\n  &"));
}

/// A server that answers every request with `rows`, and the store over it.
async fn answering(rows: Value) -> (MockServer, SupabaseStore) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(rows);
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();
    (server, store)
}

#[tokio::test]
async fn claims_are_calls_with_one_object() {
    let row = json!({"object_key": "k", "owner": "w", "fence": 7, "attempt": 1, "outcome": "done"});
    let (server, store) = answering(json!([row])).await;
    let request = ClaimRequest {
        owner: "w".to_owned(),
        lease: Duration::from_mins(1),
        limit: 1,
        scope: ClaimScope::Pending {
            device: Some(sample::device(DEVICE)),
            window: Some((
                "2025-07-19T15:00:00Z".parse().unwrap(),
                "2025-07-20T15:00:00Z".parse().unwrap(),
            )),
        },
        order: ClaimOrder::OldestFirst,
        quarantine: Quarantine { max_strikes: 5, status: RecordingStatus::Failed },
    };
    let ticket = store.claim(&request).await.unwrap().remove(0).ticket;
    store.renew(&ticket, Duration::from_millis(1500)).await.unwrap();
    store.start(&ticket, Duration::from_millis(1500)).await.unwrap();
    let (slot, text) = (sample::slot("12-00"), "はい".to_owned());
    store.complete(&ticket, &Completion { slot, text, previous: None, entry: None }).await.unwrap();
    let failure = Failure { kind: FailureKind::DamagedAudio, reason: "it breaks".to_owned() };
    let (retry_after, quarantine) = (Duration::from_secs(30), request.quarantine);
    let attempt = FailedAttempt { failure, retry_after, counts: true, quarantine };
    store.fail(&ticket, &attempt).await.unwrap();
    store.release(&ticket).await.unwrap();
    store.release_quarantined(&[ticket.object_key]).await.unwrap();

    let sent = server.received_requests().await.unwrap();
    let sent = sent.iter().map(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        format!("{} {}\n{body:#}", request.method, request.url.path())
    });
    insta::assert_snapshot!(sent.collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
async fn a_project_without_the_migration_is_told_apart_from_a_broken_one() {
    for (status, code, is_absent) in [(404, "PGRST202", true), (403, "42501", false)] {
        let server = MockServer::start().await;
        let body = json!({"code": code, "message": "no", "details": null, "hint": null});
        let answer = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();
        let error = store.claims(&ClaimQuery::Quarantined).await.unwrap_err();
        assert_eq!(matches!(error, ClaimError::NotInstalled { .. }), is_absent, "{error:?}");
    }
}

#[tokio::test]
async fn a_save_upserts_four_columns() {
    let fake = PostgrestFake::start().await;
    store_over(&fake).save(&sample::slot("12-00"), "おはよう\n\"引用\" 100%").await.unwrap();
    insta::assert_snapshot!(all_written(&fake));
}

#[tokio::test]
async fn a_mark_changes_one_column_of_the_row_with_the_time_as_it_was_read() {
    let fake = PostgrestFake::start().await;
    let seed = RecordingSeed::new("2025-07-20T03:00:00.123456+00:00", "key").of("a b+c&d");
    fake.insert_recording(&seed);
    store_over(&fake).mark(&seed.id(), &RecordingStatus::Completed).await.unwrap();
    insta::assert_snapshot!(all_written(&fake));
}

#[tokio::test]
async fn texts_are_asked_for_by_device_and_day() {
    let fake = PostgrestFake::start().await;
    store_over(&fake).transcripts(&sample::device(DEVICE), sample::date(DAY)).await.unwrap();
    insta::assert_snapshot!(all_written(&fake));
}

#[tokio::test]
async fn only_a_token_is_sent_as_authorization() {
    let fake = PostgrestFake::start().await;
    let key = PostgrestFake::SERVICE_JWT.into();
    let store = SupabaseStore::new(&Config { key, ..hasty(fake.url()) }).unwrap();
    store.recordings(&RecordingQuery::Pending).await.unwrap();
    let headers = &fake.requests()[0].headers;
    assert_eq!(headers["apikey"], PostgrestFake::SERVICE_JWT);
    assert_eq!(headers["authorization"], format!("Bearer {}", PostgrestFake::SERVICE_JWT));

    fake.clear_requests();
    crate::store_over(&fake).recordings(&RecordingQuery::Pending).await.unwrap();
    let headers = &fake.requests()[0].headers;
    assert_eq!(headers["apikey"], PostgrestFake::SECRET_KEY);
    assert!(!headers.contains_key("authorization"));
}

/// The service before this one used supabase-py. Its writes were recorded; ours are the same, and
/// PostgREST's answers to them are understood.
#[tokio::test]
async fn writes_are_those_of_the_official_client_and_its_answers_are_understood() {
    for (name, is_written) in [
        ("update_completed", true),
        ("claim_conditional_lost", false),
        ("upsert_on_conflict", true),
        ("upsert_on_conflict_updated_only", true),
    ] {
        let case = read_case(&format!("supabase_py__{name}"));
        let (request, response) = (&case["request"], &case["response"]);
        let server = MockServer::start().await;
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        let answer = ResponseTemplate::new(status).set_body_json(&response["body_json"]);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let store = SupabaseStore::new(&hasty(&server.uri())).unwrap();

        let body = &request["body_json"];
        let result = if request["method"] == "POST" {
            let text = |name: &str| body[name].as_str().unwrap().to_owned();
            let slot = sample::slot_of(&text("device_id"), &text("date"), &text("time_block"));
            store.save(&slot, &text("transcription")).await
        } else {
            let id = RecordingSeed::new("2025-07-18T12:00:00+00:00", "key").id();
            store.mark(&id, &RecordingStatus::Completed).await
        };
        assert_eq!(result.is_ok(), is_written, "{name}: {result:?}");
        if name == "claim_conditional_lost" {
            // Sent with one more filter than ours; its answer is what is of interest.
            continue;
        }

        let sent = server.received_requests().await.unwrap().remove(0);
        assert_eq!(sent.method.as_str(), request["method"], "{name}");
        assert_eq!(sent.url.path(), request["path"], "{name}");
        let pairs: Vec<Value> =
            sent.url.query_pairs().map(|(name, value)| serde_json::json!([name, value])).collect();
        assert_eq!(Value::from(pairs), request["query"], "{name}");
        assert_eq!(sent.body_json::<Value>().unwrap(), *body, "{name}");
        let header = |name: &str| sent.headers[name].to_str().unwrap().to_owned();
        let tokens = |prefer: &str| -> BTreeSet<String> {
            prefer.split(',').map(|token| token.trim().to_owned()).collect()
        };
        let recorded = |name: &str| request["headers"][name].as_str().unwrap().to_owned();
        assert_eq!(tokens(&header("prefer")), tokens(&recorded("prefer")), "{name}");
        for same in ["accept", "content-type", "accept-profile", "content-profile"] {
            assert_eq!(header(same), recorded(same), "{name}: {same}");
        }
    }
}

fn read_case(name: &str) -> Value {
    let file = format!("tests/contract/{name}.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}
