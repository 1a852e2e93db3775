//! The real process: whom it lets in, what it refuses to start as, and what it never logs.

use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use watchme_app::keys::NewKey;

/// Nothing here takes long.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server with these settings and no others, in a folder of its own.
fn command(home: &TempDir, settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchme-server"));
    command
        .env_clear()
        .env("HOME", home.path())
        .envs(settings.iter().copied())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// A server that runs, and its log.
struct Running {
    process: Child,
    url: String,
    /// The beginning of the log, and whoever reads the rest: a full pipe would stop the service.
    log: String,
    rest: JoinHandle<String>,
}

impl Running {
    async fn start(home: &TempDir, settings: &[(&str, &str)]) -> Self {
        let mut process = command(home, settings).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut log = String::new();
        let url = loop {
            let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended:\n{log}"));
            writeln!(log, "{line}").unwrap();
            if let Some((_, address)) = line.rsplit_once("listening on ") {
                let address = address.split_whitespace().next().unwrap();
                let port = address.rsplit(':').next().unwrap();
                break format!("http://127.0.0.1:{port}");
            }
        };
        let rest = tokio::spawn(async move {
            let mut rest = String::new();
            lines.get_mut().read_to_string(&mut rest).await.unwrap();
            rest
        });
        Self { process, url, log, rest }
    }

    /// Stops it; what it wrote, all of it.
    async fn stop(mut self) -> String {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").arg(id).status().await.unwrap().success());
        let rest = timeout(PATIENCE, self.rest).await.expect("it ends").unwrap();
        assert!(self.process.wait().await.unwrap().success());
        let mut output = String::new();
        self.process.stdout.unwrap().read_to_string(&mut output).await.unwrap();
        self.log + &rest + &output
    }
}

/// Signs in and uses the session; its id.
async fn session_of(client: &Client, url: &str, key: &str) -> String {
    let body = serde_json::json!({ "key": key }).to_string();
    let answer = client.post(format!("{url}/v1/session")).body(body).send().await.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let asked = client.get(format!("{url}/metrics")).header("cookie", cookie);
    assert_eq!(asked.send().await.unwrap().status(), StatusCode::OK);
    cookie.split_once('=').unwrap().1.to_owned()
}

#[tokio::test]
async fn no_key_is_in_a_log_at_any_level_or_in_any_answer() {
    let new = NewKey::generate(&"the-caller".parse().unwrap()).unwrap();
    let key = new.key().expose_secret();
    let wrong = NewKey::generate(&"wrong".parse().unwrap()).unwrap();
    let wrong = wrong.key().expose_secret();
    let home = TempDir::new().unwrap();
    let settings = [
        ("WATCHME_BIND", "0.0.0.0:0"),
        ("WATCHME_API_KEYS", new.entry()),
        ("WATCHME_LOG", "trace"),
    ];
    let server = Running::start(&home, &settings).await;
    let (mut answers, mut ids) = (String::new(), Vec::new());
    let first = Client::builder().no_proxy().build().unwrap();
    let second = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    for client in [first, second] {
        for (sent, status) in [(key, StatusCode::OK), (wrong, StatusCode::UNAUTHORIZED)] {
            for path in ["/openapi.json", "/metrics", "/"] {
                let ask = client.get(format!("{}{path}", server.url));
                let status = if path == "/" { StatusCode::OK } else { status };
                let bearer = ask.try_clone().unwrap().bearer_auth(sent);
                for ask in [bearer, ask.header("x-api-key", sent)] {
                    let answer = ask.send().await.unwrap();
                    assert_eq!(answer.status(), status, "{path}");
                    write!(answers, "{:?}", answer.headers()).unwrap();
                    answers += &answer.text().await.unwrap();
                }
            }
        }
        ids.push(session_of(&client, &server.url, key).await);
    }
    let log = server.stop().await;
    // It is the log of these requests at this level, and it names the caller.
    for words in ["TRACE", "caller=\"the-caller\"", "answered 401", "answered 200"] {
        assert!(log.contains(words), "{words} is not in:\n{log}");
    }
    let hash = new.entry().rsplit(':').next().unwrap();
    // Of each also a part, cut as a log might cut it.
    let secrets = [key, wrong, hash, &key[8..28], &wrong[8..28], &hash[..20]];
    let ids = ids.iter().flat_map(|id| [id.as_str(), &id[..20]]);
    for secret in secrets.into_iter().chain(ids) {
        assert!(!log.contains(secret), "{secret} is in:\n{log}");
    }
    for secret in [key, wrong, hash] {
        assert!(!answers.contains(secret), "{secret} is in:\n{answers}");
    }
}

#[tokio::test]
async fn an_address_of_other_machines_is_refused_without_keys() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let home = TempDir::new().unwrap();
        let ended = command(&home, &[("WATCHME_BIND", address)]).output();
        let ended = timeout(PATIENCE, ended).await.expect("it ends").unwrap();
        assert_eq!(ended.status.code(), Some(2), "{ended:?}");
        let message = String::from_utf8(ended.stderr).unwrap();
        for words in ["WATCHME_BIND", "watchme keys new", "WATCHME_ALLOW_ANONYMOUS=1", "hint: "] {
            assert!(message.contains(words), "{message}");
        }
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "something was set up");
    }
}

#[tokio::test]
async fn with_a_word_it_listens_to_everybody() {
    let home = TempDir::new().unwrap();
    let settings = [("WATCHME_BIND", "0.0.0.0:0"), ("WATCHME_ALLOW_ANONYMOUS", "1")];
    let server = Running::start(&home, &settings).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let answer = client.get(format!("{}/openapi.json", server.url)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    server.stop().await;
}
