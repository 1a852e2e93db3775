//! A program restarts itself at most once, and only where whisper.cpp will compute.

use std::path::Path;
use std::process::Command;

use super::*;
use crate::environment::Environment;
use crate::variables as var;

const PROBE: &str = "WATCHME_TEST_OPENMP_PROBE";

/// Settings with the demo model, which is computed natively.
fn speech() -> SpeechSettings {
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/ggml-synth-tiny.bin");
    let environment =
        Environment::from_pairs([(var::MODELS.name, format!("demo={}", model.display()))]);
    SpeechSettings::parse(&environment).unwrap()
}

#[test]
fn only_an_unset_policy_is_set_and_only_once() {
    let set = Some(OsStr::new("active"));
    assert!(is_unset(None, None));
    assert!(!is_unset(set, None));
    assert!(!is_unset(None, Some(OsStr::new("1"))));
    assert!(!is_unset(set, Some(OsStr::new("1"))));
}

#[test]
fn nothing_is_restarted_where_everything_is_computed_natively() {
    assert!(!is_used(&speech()));
    // It would not return if it did.
    assert!(ensure_passive_waiting(&speech()).is_ok());
}

/// Both the test and the program that it starts.
#[test]
fn a_restarted_program_has_the_passive_policy() {
    let name = "openmp::tests::a_restarted_program_has_the_passive_policy";
    if std::env::var_os(PROBE).is_some() {
        let is_restarted = std::env::var_os(MARKER).is_some();
        assert!(is_restarted || restart().is_ok(), "it was not restarted");
        println!("policy={}", std::env::var(POLICY).unwrap());
        return;
    }
    if !cfg!(target_os = "linux") {
        return;
    }
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", name, "--nocapture"]).env(PROBE, "1");
    program.env_remove(POLICY).env_remove(MARKER);
    let output = program.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("policy=passive"), "{output:?}");
}
