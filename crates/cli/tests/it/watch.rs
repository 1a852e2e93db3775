//! The backlog of the store, once and without a terminal.

use rusqlite::Connection;

use crate::sandbox::Sandbox;

/// Nothing listens there.
const NOBODY: &str = "http://127.0.0.1:1";

fn with_backlog() -> Sandbox {
    let sandbox = Sandbox::with_model().with("WATCHME_SERVER_URL", NOBODY);
    for key in ["d1/2025-07-18/12-00", "d2/2025-07-18/12-00", "d2/2025-07-18/12-30"] {
        sandbox.record(&format!("files/{key}/audio.wav"), b"a");
    }
    sandbox.run(&["import"]).expect(0);
    sandbox
}

#[test]
fn devices_are_listed_with_their_backlog() {
    let sandbox = with_backlog();
    let shown = sandbox.run(&["devices"]).expect(0).stdout;
    let lines: Vec<Vec<&str>> =
        shown.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[1][..3], &lines[2][..3]), (&["d1", "1", "1"][..], &["d2", "2", "2"][..]));
    let body = sandbox.run(&["devices", "--json"]).expect(0).json();
    assert_eq!(body["devices"][1]["oldest_pending"], "2025-07-18T03:00:00.000Z");
}

#[test]
fn without_a_terminal_it_is_one_look_whether_or_not_a_service_answers() {
    let sandbox = with_backlog();
    let shown = sandbox.run(&["watch"]).expect(0).stdout;
    assert!(shown.starts_with("no service answers at http://127.0.0.1:1/\n\ndevice"), "{shown}");
    assert!(shown.find("d2").unwrap() < shown.find("d1").unwrap(), "the longest backlog first");
    let body = sandbox.run(&["watch", "--json"]).expect(0).json();
    assert_eq!(body["devices"].as_array().unwrap().len(), 2);
    assert!(body["runs"].is_null() && body["at"].is_string());
}

#[test]
fn a_day_says_who_works_on_a_slot_and_until_when_another_waits() {
    let sandbox = with_backlog();
    let store = Connection::open(sandbox.data("watchme.sqlite3")).unwrap();
    let far = 4_000_000_000_000_000_i64;
    let insert =
        "INSERT INTO transcription_claims (object_key, state, owner, fence, attempts, strikes,
                  lease_until_us, next_attempt_us, claimed_at_us, last_error_kind, last_error)
                  VALUES (?1, ?2, 'elsewhere', 1, 1, 1, ?3, ?4, 0, 'missing', 'no object')";
    for (block, state, lease, next) in [("12-00", "claimed", far, 0), ("12-30", "waiting", 0, far)]
    {
        let key = format!("files/d2/2025-07-18/{block}/audio.wav");
        store.execute(insert, rusqlite::params![key, state, lease, next]).unwrap();
    }
    let day = ["status", "--device", "d2", "--date", "2025-07-18"];
    let shown = sandbox.run(&day).expect(0).stdout;
    assert!(shown.contains("12-00  running       by elsewhere since 09:00:00\n"), "{shown}");
    assert!(shown.contains("12-30  waiting       until "), "{shown}");
    assert!(shown.contains(", attempt 2: no object\n"), "{shown}");
}
