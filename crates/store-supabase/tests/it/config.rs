//! Configurations that are refused before anything is sent.

use watchme_core::TranscriptStore;
use watchme_store_supabase::{Config, SupabaseStore};
use watchme_testkit::postgrest::PostgrestFake;

use crate::{hasty, window};

const KEY: &str = "sb_secret_of_a_test";

fn refusal(url: &str, key: &str) -> Option<String> {
    let config = Config::new(url.parse().unwrap(), key.into());
    SupabaseStore::new(&config).err().map(|error| error.to_string())
}

#[test]
fn addresses_that_would_give_the_key_away_are_refused() {
    let clear = refusal("http://project.supabase.co", KEY).unwrap();
    assert!(clear.contains("`project.supabase.co` must start with `https://`"), "{clear}");
    assert!(refusal("http://127.0.0.1.evil.example", KEY).is_some());
    assert!(refusal("http://10.0.0.1:8000", KEY).is_some());
    assert!(refusal("ftp://project.supabase.co", KEY).is_some());
    let secret = refusal("https://someone:hunter2@project.supabase.co", KEY).unwrap();
    assert!(!secret.contains("hunter2"), "{secret}");
    assert!(refusal("https://project.supabase.co/?apikey=x", KEY).is_some());
}

#[test]
fn the_loopback_may_be_unencrypted() {
    for url in ["http://localhost:54321", "http://127.0.0.1:1", "http://[::1]:1"] {
        assert_eq!(refusal(url, KEY), None, "{url}");
    }
}

#[test]
fn keys_that_no_header_carries_are_refused_and_not_repeated() {
    for key in ["", "sb_secret_a\nb", "sb_secret_鍵"] {
        let reason = refusal("http://localhost", key).unwrap();
        assert!(!reason.contains("sb_secret"), "{reason}");
    }
}

#[test]
fn neither_the_configuration_nor_the_store_shows_the_key() {
    let config = Config::new("http://localhost".parse().unwrap(), KEY.into());
    let store = SupabaseStore::new(&config).unwrap();
    let shown = format!("{config:?} {config:#?} {store:?} {store:#?}");
    assert!(!shown.contains(KEY), "{shown}");
    assert!(shown.contains("localhost"), "{shown}");
}

#[tokio::test]
async fn the_address_may_end_in_a_slash_or_in_the_path_of_the_interface() {
    let fake = PostgrestFake::start().await;
    for ending in ["", "/", "/rest/v1", "/rest/v1/"] {
        let store = SupabaseStore::new(&hasty(&format!("{}{ending}", fake.url()))).unwrap();
        assert!(store.recordings(&window()).await.is_ok(), "`{ending}`");
    }
}
