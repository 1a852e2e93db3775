//! The process: what it says and how it ends without a service.

use std::process::{Command, Output};

/// Runs the server with these settings and no others.
fn run(arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_watchme-server"))
        .args(arguments)
        .env_clear()
        .env("WATCHME_DATA_DIR", folder.path())
        .envs(settings.iter().copied())
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn help_and_version_go_to_standard_output() {
    let help = run(&["--help"], &[]);
    assert!(help.status.success());
    assert!(text(&help.stdout).contains("WATCHME_BIND"));
    let version = run(&["--version"], &[]);
    assert_eq!(text(&version.stdout), format!("watchme-server {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_unknown_argument_is_2_with_a_hint() {
    let output = run(&["--port"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("error: unknown argument `--port`\nhint: "));
}

#[test]
fn wrong_settings_are_2_with_a_hint_and_without_the_secret() {
    let settings = [("WATCHME_BIND", "nowhere"), ("SUPABASE_KEY", "sb_secret_on_purpose")];
    let output = run(&[], &settings);
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    for words in ["WATCHME_BIND", "SUPABASE_URL", "hint: "] {
        assert!(message.contains(words), "{message}");
    }
    assert!(!message.contains("on_purpose"), "{message}");
}
