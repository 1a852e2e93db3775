//! Wrong usage and wrong settings.

use std::fs;

use crate::sandbox::{Sandbox, models_dir};

#[test]
fn wrong_usage_ends_with_2_and_says_so_on_standard_error() {
    let sandbox = Sandbox::new();
    for (arguments, expected) in [
        (vec![], "Usage: watchme"),
        (vec!["sing"], "unrecognized subcommand 'sing'"),
        (vec!["transcribe"], "required arguments were not provided"),
        (vec!["transcribe", "--device", "d"], "--date"),
        (vec!["transcribe", "--pending", "--paths", "a"], "cannot be used with"),
        (vec!["transcribe", "--pending", "--blocks", "12-00"], "--date"),
        (vec!["status", "--device", "d", "--date", "20250718"], "expected `YYYY-MM-DD`"),
        (
            vec!["transcribe", "--device", "d", "--date", "2025-07-18", "--blocks", "1200"],
            "expected `HH-MM`",
        ),
        (vec!["requeue", "--pending"], "unexpected argument"),
        (vec!["transcribe", "--pending", "--language", "jp"], "invalid value 'jp' for '--language"),
        (vec!["transcribe-file", "a.wav", "--language", "jp"], "invalid value 'jp'"),
        (vec!["runs", "start", "--paths", "a", "--language", "jp"], "invalid value 'jp'"),
    ] {
        let run = sandbox.run(&arguments).expect(2);
        assert!(run.stderr.contains(expected), "{arguments:?}: {run:#?}");
        assert_eq!(run.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_language_is_understood_by_code_tag_and_name_and_must_be_known_to_the_model() {
    let sandbox = Sandbox::new();
    for language in ["ja", "jpn", "ja-JP", "Japanese", "auto"] {
        let run = sandbox.run(&["transcribe-file", "a.wav", "--language", language]).expect(2);
        assert!(run.stderr.contains("there is no model file"), "{language}: {run:#?}");
    }
    let run = sandbox.run(&["transcribe-file", "a.wav", "--language", "yue"]).expect(2);
    assert_eq!(
        run.stderr,
        "error: the model `base` does not know the language `yue`\n\
         hint: name another language or another model\n"
    );
    let own = models_dir().join("ggml-synth-tiny.bin").display().to_string();
    let own = ["transcribe-file", "a.wav", "--language", "yue", "--model", &own];
    let run = sandbox.run(&own).expect(2);
    assert!(run.stderr.contains("does not know the language `yue`"), "by its file: {run:#?}");
}

#[test]
fn help_and_version_end_with_0_on_standard_output() {
    let sandbox = Sandbox::new();
    for arguments in [["--help"], ["--version"], ["help"]] {
        let run = sandbox.run(&arguments).expect(0);
        assert!(run.stdout.contains("watchme"), "{run:#?}");
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn every_wrong_setting_is_an_error_with_a_hint() {
    let sandbox = Sandbox::new().with("SUPABASE_URL", "https://x.supabase.co");
    let sandbox = sandbox.with("S3_BUCKET_NAME", "b").with("WATCHME_PREFETCH", "many");
    for arguments in [
        vec!["status", "--device", "d", "--date", "2025-07-18"],
        vec!["transcribe", "--pending"],
        vec!["requeue", "--paths", "a"],
        vec!["import"],
    ] {
        let run = sandbox.run(&arguments).expect(2);
        assert_eq!(
            run.stderr,
            "error: `SUPABASE_KEY` is missing while `SUPABASE_URL` is set\n\
             hint: set both for Supabase, or neither for SQLite\n\
             error: `WATCHME_PREFETCH` is `many`\n\
             hint: write a whole number above zero\n"
        );
    }
}

#[test]
fn settings_come_from_a_file_below_the_real_environment() {
    let sandbox = Sandbox::new().with("WATCHME_PREFETCH", "0");
    fs::write(sandbox.path(".env"), "WATCHME_PREFETCH=many\nWATCHME_CORS=maybe\n").unwrap();
    let run = sandbox.run(&["transcribe", "--pending"]).expect(2);
    assert!(run.stderr.contains("`WATCHME_PREFETCH` is `0`"), "{run:#?}");
    assert!(run.stderr.contains("`WATCHME_CORS` is `maybe`"), "{run:#?}");

    fs::write(sandbox.path("other"), "WATCHME_BIND=nowhere\n").unwrap();
    let run = sandbox.run(&["transcribe", "--pending", "--env-file", "other"]).expect(2);
    assert!(run.stderr.contains("`WATCHME_BIND` is `nowhere`"), "{run:#?}");
    assert!(!run.stderr.contains("CORS"), "{run:#?}");

    fs::write(sandbox.path("wrong"), "# a\nexport WATCHME_BIND=nowhere\n").unwrap();
    let run = sandbox.run(&["transcribe", "--pending", "--env-file", "wrong"]).expect(2);
    let expected = "error: line 2 of `wrong` begins with `export`; remove that word\n";
    assert_eq!(run.stderr, expected);

    let run = sandbox.run(&["transcribe", "--pending", "--env-file", "nowhere"]).expect(2);
    assert!(run.stderr.contains("cannot read the settings file `nowhere`"), "{run:#?}");
}

#[test]
fn completions_are_printed_for_every_shell_and_without_settings() {
    let sandbox = Sandbox::new().with("SUPABASE_URL", "https://x.supabase.co");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = sandbox.run(&["completions", shell]).expect(0);
        assert!(run.stdout.contains("transcribe-file"), "{shell}");
        assert_eq!(run.stderr, "");
    }
}
