//! `watchme doctor`: shows settings and problems, and no secret.

use crate::sandbox::Sandbox;

fn check<'a>(body: &'a serde_json::Value, subject: &str) -> &'a serde_json::Value {
    let checks = body["checks"].as_array().unwrap();
    let found: Vec<_> = checks.iter().filter(|check| check["subject"] == subject).collect();
    assert_eq!(found.len(), 1, "`{subject}` in {body:#}");
    found[0]
}

#[test]
fn a_usable_setup_passes_and_every_setting_is_listed() {
    let sandbox = Sandbox::with_model();
    sandbox.record("files/d/2025-07-18/12-00/audio.wav", b"x");
    let run = sandbox.run(&["doctor", "--json"]).expect(0);
    let body = run.json();
    assert_eq!(body["ok"], true);
    assert_eq!(check(&body, "WATCHME_LANGUAGE")["finding"], "auto");
    assert_eq!(check(&body, "WATCHME_BIND")["finding"], "127.0.0.1:8001 (default)");
    assert_eq!(check(&body, "SUPABASE_URL")["finding"], "not set: SQLite");
    assert!(check(&body, "time zone")["finding"].as_str().unwrap().starts_with("Asia/Tokyo, now"));
}

#[test]
fn only_what_is_set_or_wrong_is_listed_unless_all_is_asked_for() {
    let sandbox = Sandbox::with_model();
    sandbox.record("files/d/2025-07-18/12-00/audio.wav", b"x");
    let run = sandbox.run(&["doctor"]).expect(0);
    assert!(run.stdout.contains("WATCHME_LANGUAGE"), "{run:#?}");
    assert!(!run.stdout.contains("WATCHME_BIND"), "{run:#?}");
    let run = sandbox.run(&["doctor", "--all"]).expect(0);
    assert!(run.stdout.contains("WATCHME_BIND"), "{run:#?}");
}

#[cfg(unix)]
#[test]
fn the_spool_folder_is_for_its_owner_only_whoever_makes_it() {
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::with_model();
    sandbox.run(&["doctor", "--json"]);
    let mode = std::fs::metadata(sandbox.data("spool")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_comment_behind_a_value_is_a_warning() {
    let sandbox = Sandbox::with_model().with("WATCHME_SILENCE_TEXT", "nobody # spoke");
    sandbox.record("files/d/2025-07-18/12-00/audio.wav", b"x");
    let body = sandbox.run(&["doctor", "--json"]).expect(0).json();
    let checks = body["checks"].as_array().unwrap();
    let of_text = |check: &&serde_json::Value| check["subject"] == "WATCHME_SILENCE_TEXT";
    let found: Vec<_> = checks.iter().filter(of_text).map(|check| &check["verdict"]).collect();
    assert_eq!(found, ["pass", "warn"], "{body:#}");
}

#[test]
fn a_setup_that_cannot_be_used_ends_with_2_and_the_mend() {
    let sandbox = Sandbox::with_model();
    let run = sandbox.run(&["doctor"]).expect(2);
    let recordings = sandbox.data("recordings");
    assert!(run.stdout.contains(&recordings.display().to_string()), "{run:#?}");
    assert!(run.stdout.contains("\n      hint: "), "{run:#?}");
    assert!(run.stderr.contains("to fix"), "{run:#?}");
}

#[test]
fn half_a_configuration_is_named_in_place_of_the_setting() {
    let sandbox = Sandbox::new()
        .with("AWS_ACCESS_KEY_ID", "AKIA1")
        .with("SUPABASE_KEY", "secret-one")
        .with("WATCHME_LANGUGE", "en");
    let run = sandbox.run(&["doctor", "--json"]).expect(2);
    let body = run.json();
    assert_eq!(body["ok"], false);
    for subject in ["AWS_SECRET_ACCESS_KEY", "SUPABASE_URL", "WATCHME_LANGUGE"] {
        assert_eq!(check(&body, subject)["verdict"], "fail");
        assert!(check(&body, subject)["mend"].is_string());
    }
}

#[test]
fn queues_that_cannot_be_reached_are_named() {
    let sandbox = Sandbox::with_model()
        .with("AWS_REGION", "us-east-1")
        .with("AWS_ACCESS_KEY_ID", "AKIA1")
        .with("AWS_SECRET_ACCESS_KEY", "secret-one")
        .with("WATCHME_QUEUE_URL", "http://127.0.0.1:1/000000000000/arrivals")
        .with("WATCHME_COMPLETED_QUEUE_URL", "http://127.0.0.1:1/000000000000/done");
    let body = sandbox.run(&["doctor", "--json"]).expect(2).json();
    for subject in ["queue `arrivals`", "queue `done`"] {
        assert_eq!(check(&body, subject)["verdict"], "fail", "{body:#}");
    }
}

#[test]
fn no_secret_is_printed() {
    let sandbox = Sandbox::with_model()
        .with("SUPABASE_URL", "http://127.0.0.1:1")
        .with("SUPABASE_KEY", "sb_secret_secret-one")
        .with("AWS_ACCESS_KEY_ID", "AKIA1")
        .with("AWS_SECRET_ACCESS_KEY", "secret-two")
        .with("AWS_SESSION_TOKEN", "secret-three")
        .with("AWS_ENDPOINT_URL", "http://user:secret-four@127.0.0.1:1/?k=secret-five")
        .with(
            "WATCHME_MODEL_MIRROR",
            "https://user:secret-six@mirror.example/models?k=secret-seven",
        )
        .with("WATCHME_LOG", "trace");
    for arguments in [vec!["doctor"], vec!["doctor", "--json"]] {
        let run = sandbox.run(&arguments).expect(2);
        let text = format!("{}{}", run.stdout, run.stderr);
        assert!(text.contains("https://mirror.example/models"), "{text}");
        for secret in ["one", "two", "three", "four", "five", "six", "seven"] {
            assert!(!text.contains(&format!("secret-{secret}")), "{text}");
        }
    }
}

#[test]
fn a_settings_file_that_cannot_be_read_is_a_finding() {
    let run = Sandbox::new().run(&["doctor", "--env-file", "nowhere"]).expect(2);
    assert!(run.stdout.contains("cannot read the settings file `nowhere`"), "{run:#?}");
}

#[test]
fn keys_are_not_shown_and_an_open_address_is_named() {
    let hash = "0123456789abcdef".repeat(4);
    let sandbox = Sandbox::with_model().with("WATCHME_BIND", "0.0.0.0:8001");
    sandbox.record("files/d/2025-07-18/12-00/audio.wav", b"x");
    let body = sandbox.run(&["doctor", "--json"]).expect(0).json();
    assert_eq!(check(&body, "WATCHME_BIND")["verdict"], "warn");
    let keyed = sandbox.with("WATCHME_API_KEYS", &format!("ops:{hash}"));
    let run = keyed.run(&["doctor", "--json"]).expect(0);
    assert_eq!(check(&run.json(), "WATCHME_BIND")["verdict"], "pass");
    assert_eq!(check(&run.json(), "WATCHME_API_KEYS")["finding"], "set, not shown");
    assert!(!run.stdout.contains(&hash) && !run.stderr.contains(&hash), "{run:#?}");
}
