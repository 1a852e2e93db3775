//! Checks of a project, none of which changes anything.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;
use watchme_core::{Check, ErrorChain};

use crate::answer::Class;
use crate::claims::{CLAIM, CLAIMS, INSTALL, is_not_installed};
use crate::client::{Client, Request};
use crate::error::{RequestError, mend, said};
use crate::key::Key;
use crate::ledger::LEDGER;
use crate::rows::{RECORDING_COLUMNS, RECORDINGS, TRANSCRIPT_COLUMNS, TRANSCRIPTS};

const SECRET_KEY: &str = "use the project's secret (`service_role`) key, which row-level security \
     does not apply to, or add policies for this role";

/// Checks the key, both tables, the permission to write them, claims and the ledger, all within the
/// time that an impatient client gives one request.
pub(crate) async fn run(client: &Client, key: &Key, host: &str, now: Timestamp) -> Vec<Check> {
    let client = client.impatient();
    let limit = client.request_timeout();
    let project = timeout(limit, of_project(&client, host)).await.unwrap_or(Err(None));
    let mut checks = vec![of_key(key, now)];
    checks.extend(project.unwrap_or_else(|error| vec![unreachable(host, error.as_ref(), limit)]));
    checks
}

/// Asks for one table alone, to learn whether there are answers at all, then for all the rest.
/// Fails without an error if no answer came in time.
async fn of_project(client: &Client, host: &str) -> Result<Vec<Check>, Option<RequestError>> {
    let recordings = match table(client, RECORDINGS, &RECORDING_COLUMNS).await {
        Found::Unreachable(error) => return Err(Some(error)),
        found => found,
    };
    let (transcripts, update, upsert, claims, ledger) = tokio::join!(
        table(client, TRANSCRIPTS, &TRANSCRIPT_COLUMNS),
        permission(client, update_of_nothing()),
        permission(client, upsert_of_nothing()),
        claims(client),
        ledger(client),
    );
    let tables =
        [recordings.into_check(RECORDINGS, host), transcripts.into_check(TRANSCRIPTS, host)];
    Ok(tables.into_iter().chain([update, upsert, claims, ledger]).collect())
}

fn of_key(key: &Key, now: Timestamp) -> Check {
    let subject = "Supabase key";
    let role = match key {
        Key::Token { expires: Some(expires), .. } if *expires <= now => {
            let mend = "create a new key in the project's API settings";
            return Check::fail(subject, format!("it expired at {expires}"), mend);
        }
        Key::Token { role, .. } => role.as_deref(),
        Key::Secret => return Check::pass(subject, "a secret key"),
        Key::Publishable => Some("anon"),
        Key::Unknown => {
            let finding = "it has none of the shapes that Supabase gives out";
            return Check::warn(subject, finding, "copy it again from the project's API settings");
        }
    };
    match role {
        Some("service_role") => Check::pass(subject, "a token of the role `service_role`"),
        Some(role) => {
            let finding = format!("it has the role `{role}`, subject to row-level security");
            Check::warn(subject, finding, SECRET_KEY)
        }
        None => {
            let mend = "copy it again from the project's API settings";
            Check::warn(subject, "it is a token that does not say its role", mend)
        }
    }
}

/// Finding about a table.
enum Found {
    Rows,
    NoRows,
    NoColumns(Vec<&'static str>),
    Refused(RequestError),
    Unreachable(RequestError),
}

async fn table(client: &Client, table: &'static str, columns: &[&'static str]) -> Found {
    let error = match client.send(&first_row(table, &columns.join(","))).await {
        Ok(answer) if answer.rows.is_empty() => return Found::NoRows,
        Ok(_) => return Found::Rows,
        Err(error) => error,
    };
    if matches!(error.class(), Class::Retry | Class::RetryAfter(_)) {
        return Found::Unreachable(error);
    }
    // Only the first missing column is named in an error: ask for each.
    let mut missing = Vec::new();
    if is_missing_column(&error) {
        for column in columns {
            let answer = client.send(&first_row(table, column)).await;
            if answer.is_err_and(|error| is_missing_column(&error)) {
                missing.push(*column);
            }
        }
    }
    if missing.is_empty() { Found::Refused(error) } else { Found::NoColumns(missing) }
}

impl Found {
    fn into_check(self, table: &'static str, host: &str) -> Check {
        let subject = format!("table `{table}`");
        match self {
            Self::Rows => Check::pass(subject, format!("on `{host}`, with its columns and rows")),
            // Before the first run there is no text.
            Self::NoRows if table == TRANSCRIPTS => {
                Check::pass(subject, format!("on `{host}`, with its columns, no row visible"))
            }
            Self::NoRows => {
                let finding = "no row is visible: it is empty, or row-level security hides all";
                Check::warn(subject, finding, SECRET_KEY)
            }
            Self::NoColumns(columns) => {
                let columns: Vec<_> = columns.iter().map(|column| format!("`{column}`")).collect();
                let finding = format!("it lacks {}", columns.join(", "));
                Check::fail(subject, finding, "add what is missing, by the project's migrations")
            }
            Self::Refused(error) | Self::Unreachable(error) => failed(subject, &error),
        }
    }
}

async fn permission(client: &Client, request: Request) -> Check {
    let subject = format!("writing `{}`", request.table);
    match client.send(&request).await {
        Ok(_) => Check::pass(subject, "permitted"),
        Err(error) => failed(subject, &error),
    }
}

/// Checks the function of claims, by claiming nothing, and the version of their table.
async fn claims(client: &Client) -> Check {
    let subject = "claims";
    let claimed = client.call(CLAIM, json!({ "limit": 0, "scope": "pending" }));
    let started = first_row(CLAIMS, "started");
    match tokio::try_join!(claimed, client.send(&started)) {
        Ok(_) => Check::pass(subject, "many workers may share the project"),
        Err(error) if is_missing_column(&error) => {
            let finding = "they are of an earlier version: a process that dies counts against every \
                recording that it held";
            Check::warn(subject, finding, INSTALL)
        }
        Err(error) if is_not_installed(&error) => {
            let finding = "the project keeps none: one machine works as before, workers cannot";
            Check::warn(subject, finding, INSTALL)
        }
        Err(error) => failed(subject.to_owned(), &error),
    }
}

/// Checks the ledger, by reading at most one row.
async fn ledger(client: &Client) -> Check {
    let subject = "ledger";
    match client.send(&first_row(LEDGER, "work_seconds,cpu_seconds")).await {
        Ok(_) => Check::pass(subject, "what is heard can be explained afterwards"),
        Err(error) if is_missing_column(&error) => {
            let finding = "it is of an earlier version: what recordings cost is not kept";
            Check::warn(subject, finding, INSTALL)
        }
        Err(error) if is_not_installed(&error) => {
            let finding = "the project keeps none: texts are saved as before, and not explained";
            Check::warn(subject, finding, INSTALL)
        }
        Err(error) => failed(subject.to_owned(), &error),
    }
}

const CHECK_NETWORK: &str = "check the address and the network, then try again";
const CHECK_PROJECT: &str = "look at the project's status and its logs; it may pass";

/// Says in what way a project cannot be reached. `None` is an answer that did not come in time.
fn unreachable(host: &str, error: Option<&RequestError>, limit: Duration) -> Check {
    let (finding, mend) = match error {
        Some(RequestError::Refused(refusal)) => {
            (format!("answers with {}", said(refusal)), mend(refusal).unwrap_or(CHECK_PROJECT))
        }
        Some(error) if error.is_connection_refused() => (
            "refuses connections".to_owned(),
            "check the address, and whether the project is running",
        ),
        Some(error) if !error.is_timeout() => (ErrorChain(error).to_string(), CHECK_NETWORK),
        _ => (
            format!("did not answer within {} s", limit.as_secs_f64()),
            "check the network and the project's status, then try again",
        ),
    };
    Check::fail(format!("Supabase at `{host}`"), finding, mend)
}

fn failed(subject: String, error: &RequestError) -> Check {
    let mend = match error {
        RequestError::Refused(refusal) => mend(refusal).unwrap_or(CHECK_PROJECT),
        _ => CHECK_NETWORK,
    };
    Check::fail(subject, ErrorChain(error).to_string(), mend)
}

pub(crate) fn is_missing_column(error: &RequestError) -> bool {
    let RequestError::Refused(refusal) = error else { return false };
    matches!(refusal.code.as_deref(), Some("42703" | "PGRST204"))
}

fn first_row(table: &'static str, columns: &str) -> Request {
    let query = vec![("select", columns.to_owned()), ("limit", "1".to_owned())];
    Request { method: Method::GET, table, query, prefer: "", body: None }
}

/// Makes an update of rows that cannot exist: a primary key is never null.
fn update_of_nothing() -> Request {
    Request {
        method: Method::PATCH,
        table: RECORDINGS,
        query: vec![("device_id", "is.null".to_owned())],
        prefer: "return=representation",
        body: Some(json!({ "transcriptions_status": "pending" })),
    }
}

/// Makes an upsert of no rows.
fn upsert_of_nothing() -> Request {
    Request {
        method: Method::POST,
        table: TRANSCRIPTS,
        query: vec![("on_conflict", "device_id,date,time_block".to_owned())],
        prefer: "resolution=merge-duplicates,return=representation",
        body: Some(Value::Array(Vec::new())),
    }
}

#[cfg(test)]
mod tests {
    use watchme_core::Verdict;

    use super::*;

    #[test]
    fn a_key_is_judged_by_what_it_says_of_itself() {
        let now: Timestamp = "2025-07-18T00:00:00Z".parse().unwrap();
        let token = |role: Option<&str>, expires: &str| Key::Token {
            role: role.map(str::to_owned),
            expires: expires.parse().ok(),
        };
        let later = "2025-07-18T00:00:01Z";
        let cases = [
            (token(Some("service_role"), later), "pass"),
            (token(Some("service_role"), ""), "pass"),
            (token(Some("service_role"), "2025-07-18T00:00:00Z"), "fail"),
            (token(Some("anon"), later), "warn"),
            (token(Some("authenticated"), later), "warn"),
            (token(None, later), "warn"),
            (Key::Secret, "pass"),
            (Key::Publishable, "warn"),
            (Key::Unknown, "warn"),
        ];
        for (key, expected) in cases {
            let verdict = match of_key(&key, now).verdict {
                Verdict::Pass(_) => "pass",
                Verdict::Warn { .. } => "warn",
                Verdict::Fail { .. } => "fail",
            };
            assert_eq!(verdict, expected, "{key:?}");
        }
    }
}
