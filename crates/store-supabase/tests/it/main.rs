//! The store over HTTP: against the PostgREST fake, scripted servers and, on demand, a real one.

#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs, reason = "tests")]

mod check;
mod config;
mod contract;
mod errors;
mod faults;
mod ledger;
mod pages;
mod postgres;
mod requests;
mod rows;

use std::time::Duration;

use watchme_core::RecordingQuery;
use watchme_store_supabase::{Config, SupabaseStore};
use watchme_testkit::postgrest::PostgrestFake;
use watchme_testkit::sample::{self, DEVICE};

/// A configuration that repeats a request at once and gives up within a second.
fn hasty(url: &str) -> Config {
    Config {
        attempts: 3,
        backoff: Duration::ZERO,
        give_up_after: Duration::from_secs(1),
        ..Config::new(url.parse().unwrap(), PostgrestFake::SECRET_KEY.into())
    }
}

fn store_over(fake: &PostgrestFake) -> SupabaseStore {
    SupabaseStore::new(&hasty(fake.url())).unwrap()
}

/// Three days of the sample device, the sample day in the middle.
fn window() -> RecordingQuery {
    RecordingQuery::Window {
        device: sample::device(DEVICE),
        from: "2025-07-19T00:00:00Z".parse().unwrap(),
        until: "2025-07-22T00:00:00Z".parse().unwrap(),
    }
}

/// The object keys of rows, readable or not.
fn keys(rows: &[watchme_core::RecordingRow]) -> Vec<&str> {
    rows.iter()
        .map(|row| match row {
            watchme_core::RecordingRow::Readable(recording) => recording.object_key.as_str(),
            watchme_core::RecordingRow::Unreadable(row) => row.label.as_str(),
        })
        .collect()
}
