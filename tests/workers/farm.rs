//! A store with recordings, and the real `watchme` at work on it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep};

/// Longest wait for any machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(8);

/// Pause between two looks.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// Words of [`SHORT`].
pub(crate) const SHORT_SAYS: &str = "今朝四十分歩きました。";

/// A clip of two seconds.
pub(crate) const SHORT: &str = "models/recordings/ja-01.wav";

/// A minute of speech: long enough to be caught at work.
pub(crate) const LONG: &str = "models/recordings/long-en.wav";

/// A row of a table, column by column.
pub(crate) type Row = BTreeMap<String, String>;

/// A store with recordings, a short lease, and a folder for everything.
pub(crate) struct Farm {
    home: TempDir,
    store: Store,
    /// Settings in addition to the usual ones.
    pub(crate) settings: Vec<(&'static str, String)>,
}

enum Store {
    /// The embedded store.
    Sqlite,
    /// A PostgreSQL behind a PostgREST-compatible server, which one test has for itself at a time.
    Postgres { url: String, key: String, http: reqwest::Client, _turn: MutexGuard<'static, ()> },
}

/// The tables of the PostgreSQL.
static TABLES: Mutex<()> = Mutex::const_new(());

impl Farm {
    /// Lays out pending rows in the embedded store, each with an object: a file of the project.
    pub(crate) async fn new(recordings: &[(String, &str)]) -> Self {
        let home = TempDir::new().unwrap();
        let farm = Self { home, store: Store::Sqlite, settings: Vec::new() };
        farm.lay_out(recordings);
        farm.run(&["import"]).await;
        farm
    }

    /// Does the same in a PostgreSQL, whose tables are emptied before.
    pub(crate) async fn in_postgres(recordings: &[(String, &str)]) -> Self {
        let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("`{name}` is not set"));
        let url = variable("WATCHME_TEST_POSTGREST_URL");
        assert!(url.starts_with("http://127.0.0.1:"), "the tables of `{url}` would be emptied");
        let (key, http) = (variable("WATCHME_TEST_POSTGREST_KEY"), reqwest::Client::new());
        let store = Store::Postgres { url, key, http, _turn: TABLES.lock().await };
        let farm = Self { home: TempDir::new().unwrap(), store, settings: Vec::new() };
        farm.lay_out(recordings);
        farm.insert_rows(recordings).await;
        farm
    }

    /// Makes a command of `watchme` with the settings of this farm and no others.
    pub(crate) fn watchme(&self) -> Command {
        self.program("watchme")
    }

    /// Makes a command of one of our programs with the settings of this farm and no others.
    pub(crate) fn program(&self, name: &str) -> Command {
        let (home, model) = (self.home.path(), project_file("models/ggml-synth-tiny.bin"));
        let test = std::env::current_exe().unwrap();
        let mut command = Command::new(test.ancestors().nth(2).unwrap().join(name));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", home)
            .env("AWS_REGION", "us-east-1")
            .env("WATCHME_AUDIO_DIR", self.recordings())
            .env("WATCHME_DATA_DIR", home.join("data"))
            .env("WATCHME_MODELS", format!("base={}", model.display()))
            .env("WATCHME_LANGUAGE", "ja")
            // Several of them share the cores.
            .env("WATCHME_THREADS", "1")
            .env("WATCHME_LEASE_SECONDS", "2")
            .env("WATCHME_POLL_SECONDS", "1")
            .current_dir(home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        if let Store::Postgres { url, key, .. } = &self.store {
            command.env("SUPABASE_URL", url).env("SUPABASE_KEY", key);
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a worker.
    pub(crate) fn worker(&self, arguments: &[&str]) -> Child {
        self.watchme().arg("worker").args(arguments).spawn().unwrap()
    }

    /// Runs `watchme` to its good end, and returns its output.
    pub(crate) async fn run(&self, arguments: &[&str]) -> String {
        let mut command = self.watchme();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let ended = command.output().await.unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.success(), "{arguments:?}: {}: {said}", ended.status);
        String::from_utf8(ended.stdout).unwrap()
    }

    /// Returns a folder for things that a test needs beside the store.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the number of completed rows.
    pub(crate) async fn completed(&self) -> usize {
        let rows = self.rows("audio_files", &["transcriptions_status"]).await;
        rows.iter().filter(|row| row["transcriptions_status"] == "completed").count()
    }

    /// Returns the claim of an object, if there ever was one.
    pub(crate) async fn claim(&self, key: &str) -> Option<Row> {
        let columns = ["object_key", "state", "owner", "attempts", "started", "last_error"];
        let rows = self.rows("transcription_claims", &columns).await;
        rows.into_iter().find(|row| row["object_key"] == key)
    }

    /// Returns everything that the store holds, for comparison.
    pub(crate) async fn everything(&self) -> Vec<Row> {
        let mut all = self.rows("audio_files", &["file_path", "transcriptions_status"]).await;
        all.extend(self.rows("vibe_whisper", &["date", "time_block", "transcription"]).await);
        let claims = ["object_key", "owner", "fence", "state", "attempts", "strikes"];
        all.extend(self.rows("transcription_claims", &claims).await);
        all.sort();
        all
    }

    /// Returns some columns of every row of a table.
    pub(crate) async fn rows(&self, table: &str, columns: &[&str]) -> Vec<Row> {
        match &self.store {
            Store::Sqlite => self.sqlite_rows(table, columns),
            Store::Postgres { .. } => {
                let target = format!("{table}?select={}", columns.join(","));
                let rows = self.call(reqwest::Method::GET, &target, None).await;
                let rows: Vec<BTreeMap<String, Value>> = serde_json::from_value(rows).unwrap();
                let text = |value: Value| value.as_str().map_or(value.to_string(), str::to_owned);
                let row = |row: BTreeMap<String, Value>| {
                    row.into_iter().map(|(name, value)| (name, text(value))).collect()
                };
                rows.into_iter().map(row).collect()
            }
        }
    }

    fn sqlite_rows(&self, table: &str, columns: &[&str]) -> Vec<Row> {
        let database = Connection::open(self.home.path().join("data/watchme.sqlite3")).unwrap();
        database.busy_timeout(Duration::from_secs(10)).unwrap();
        let texts: Vec<_> =
            columns.iter().map(|name| format!("coalesce(CAST({name} AS TEXT), 'null')")).collect();
        let select = format!("SELECT {} FROM {table}", texts.join(", "));
        let mut statement = database.prepare(&select).unwrap();
        let read = |row: &rusqlite::Row<'_>| {
            columns
                .iter()
                .enumerate()
                .map(|(at, name)| Ok(((*name).to_owned(), row.get(at)?)))
                .collect()
        };
        statement.query_map([], read).unwrap().map(Result::unwrap).collect()
    }

    fn recordings(&self) -> PathBuf {
        self.home.path().join("recordings")
    }

    fn lay_out(&self, recordings: &[(String, &str)]) {
        for (key, file) in recordings {
            let path = self.recordings().join(key);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::copy(project_file(file), path).unwrap();
        }
    }

    async fn insert_rows(&self, recordings: &[(String, &str)]) {
        for (table, column) in [
            ("audio_files", "device_id"),
            ("vibe_whisper", "device_id"),
            ("transcription_claims", "object_key"),
            ("transcription_ledger", "object_key"),
        ] {
            let target = format!("{table}?{column}=not.is.null");
            self.call(reqwest::Method::DELETE, &target, None).await;
        }
        let row = |(n, (key, _)): (usize, &(String, &str))| {
            let (day, hour, minute) = (n / 1440 + 1, n / 60 % 24, n % 60);
            let recorded_at = format!("2025-07-{day:02}T{hour:02}:{minute:02}:00+00:00");
            json!({"device_id": "device", "recorded_at": recorded_at, "file_path": key})
        };
        let rows: Vec<Value> = recordings.iter().enumerate().map(row).collect();
        self.call(reqwest::Method::POST, "audio_files", Some(json!(rows))).await;
    }

    async fn call(&self, method: reqwest::Method, target: &str, body: Option<Value>) -> Value {
        let Store::Postgres { url, key, http, .. } = &self.store else { panic!("not over HTTP") };
        let mut request = http.request(method, format!("{url}/rest/v1/{target}"));
        request = request.header("apikey", key).bearer_auth(key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{target}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

/// Returns the keys of short recordings, a half hour each.
pub(crate) fn short_recordings(count: usize) -> Vec<(String, &'static str)> {
    (0..count).map(|n| (key(n), SHORT)).collect()
}

/// Returns the key of the `n`th half hour.
pub(crate) fn key(n: usize) -> String {
    let (day, slot) = (n / 48 + 1, n % 48);
    format!("files/device/2025-07-{day:02}/{:02}-{:02}/audio.wav", slot / 2, slot % 2 * 30)
}

/// Waits until a condition holds.
pub(crate) async fn wait_until(what: &str, is_so: impl AsyncFn() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < give_up, "{what}: not in {PATIENCE:?}");
        sleep(LOOK).await;
    }
}

pub(crate) fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}
