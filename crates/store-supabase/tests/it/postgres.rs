//! The store keeps the promises of its port over a real PostgreSQL behind a PostgREST-compatible
//! server.
//!
//! `WATCHME_TEST_POSTGREST_URL` is its address as `SUPABASE_URL` would be, before `/rest/v1`;
//! `WATCHME_TEST_POSTGREST_KEY` a token of the role `service_role`. **The tables are emptied
//! before each test**, so that the server has to be on this machine. `audio_files` needs the
//! columns `local_date date` and `time_block text`.

use std::env;
use std::sync::Arc;

use reqwest::{Method, RequestBuilder, Url};
use serde_json::Value;
use tokio::sync::{Mutex, OwnedMutexGuard};
use watchme_store_supabase::{Config, SupabaseStore};
use watchme_testkit::RecordingSeed;
use watchme_testkit::contract::claims::ClaimsUnderTest;
use watchme_testkit::contract::ledger::LedgerUnderTest;
use watchme_testkit::contract::store::StoreUnderTest;

/// One test at a time: they share the tables.
static TURN: std::sync::LazyLock<Arc<Mutex<()>>> = std::sync::LazyLock::new(Arc::default);

struct Server {
    url: Url,
    key: String,
    http: reqwest::Client,
}

impl Server {
    fn from_environment() -> Self {
        let variable = |name| env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set"));
        let url: Url = variable("WATCHME_TEST_POSTGREST_URL").parse().unwrap();
        let host = url.host_str().unwrap();
        let is_here = ["127.0.0.1", "localhost", "[::1]"].contains(&host);
        assert!(is_here, "the tables of `{host}` would be emptied; use a server on this machine");
        let key = variable("WATCHME_TEST_POSTGREST_KEY");
        Self { url, key, http: reqwest::Client::new() }
    }

    fn request(&self, method: Method, target: &str) -> RequestBuilder {
        let url = self.url.join(&format!("/rest/v1/{target}")).unwrap();
        self.http.request(method, url).header("apikey", &self.key).bearer_auth(&self.key)
    }

    async fn empty(&self) {
        for (table, column) in [
            ("audio_files", "device_id"),
            ("vibe_whisper", "device_id"),
            ("transcription_claims", "object_key"),
            ("transcription_ledger", "object_key"),
        ] {
            let target = format!("{table}?{column}=not.is.null");
            sent(self.request(Method::DELETE, &target)).await;
        }
    }

    async fn lay_out(&self, seeds: &[RecordingSeed]) {
        // All rows of one request must have the same columns.
        let row = |seed: &RecordingSeed| {
            let mut row = seed.to_row();
            for column in ["local_date", "time_block"] {
                if row.get(column).is_none() {
                    row[column] = Value::Null;
                }
            }
            row
        };
        for seeds in seeds.chunks(500) {
            let rows: Vec<Value> = seeds.iter().map(row).collect();
            sent(self.request(Method::POST, "audio_files").json(&rows)).await;
        }
    }
}

async fn sent(request: RequestBuilder) {
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{}", response.text().await.unwrap());
}

async fn laid_out(seeds: Vec<RecordingSeed>) -> (SupabaseStore, OwnedMutexGuard<()>) {
    let turn: OwnedMutexGuard<()> = TURN.clone().lock_owned().await;
    let server = Server::from_environment();
    server.empty().await;
    server.lay_out(&seeds).await;
    let key = server.key.as_str().into();
    (SupabaseStore::new(&Config::new(server.url, key)).unwrap(), turn)
}

async fn postgres(seeds: Vec<RecordingSeed>) -> StoreUnderTest {
    let (store, turn) = laid_out(seeds).await;
    StoreUnderTest::new(store, turn)
}

async fn with_claims(seeds: Vec<RecordingSeed>) -> ClaimsUnderTest {
    let (store, turn) = laid_out(seeds).await;
    ClaimsUnderTest::new(store, turn)
}

async fn with_ledger(seeds: Vec<RecordingSeed>) -> LedgerUnderTest {
    let (store, turn) = laid_out(seeds).await;
    LedgerUnderTest::new(store, turn)
}

watchme_testkit::store_contract!(postgres, ignore = "needs a PostgREST server: script/test --full");
watchme_testkit::claims_contract!(
    with_claims,
    ignore = "needs a PostgREST server: script/test --full"
);
watchme_testkit::ledger_contract!(
    with_ledger,
    ignore = "needs a PostgREST server: script/test --full"
);
