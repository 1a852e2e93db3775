//! A program starts itself again, once, with sleeping compute threads.

use std::process::Command;

use watchme_asr::openmp::ensure_passive_waiting;

const PROBE: &str = "WATCHME_TEST_OPENMP_PROBE";

/// Both the test and the program that it starts.
#[test]
fn a_program_gets_the_passive_policy_unless_one_is_set() {
    if std::env::var_os(PROBE).is_some() {
        ensure_passive_waiting().unwrap();
        println!("policy={}", std::env::var("OMP_WAIT_POLICY").unwrap());
        return;
    }
    if !cfg!(target_os = "linux") {
        return;
    }
    assert!(policy(None).contains("policy=passive"));
    assert!(policy(Some("active")).contains("policy=active"));
}

fn policy(set: Option<&str>) -> String {
    let name = "openmp::a_program_gets_the_passive_policy_unless_one_is_set";
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", name, "--nocapture"]).env(PROBE, "1");
    program.env_remove("OMP_WAIT_POLICY");
    if let Some(policy) = set {
        program.env("OMP_WAIT_POLICY", policy);
    }
    let output = program.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
