//! `watchme demo`: the whole job, twice.

use crate::sandbox::{Sandbox, models_dir};

#[test]
fn the_demo_turns_a_day_into_the_texts_of_the_manifest_and_has_nothing_to_do_the_second_time() {
    // Settings of another installation must not reach the demo.
    let sandbox = Sandbox::new()
        .with("SUPABASE_URL", "http://127.0.0.1:1")
        .with("SUPABASE_KEY", "sb_secret_x")
        .with("AWS_ACCESS_KEY_ID", "AKIA1");
    let models = models_dir().display().to_string();
    let arguments = ["demo", "--dir", "day", "--models-dir", &models];
    let first = sandbox.run(&arguments).expect(0);
    let lines: Vec<_> = first.stdout.lines().collect();
    assert_eq!(lines.len(), 14, "{first:#?}");
    assert_eq!(lines[0], "08-00  text     ok     今朝四十分歩きました。  (equals the manifest)");
    assert_eq!(lines[4], "10-00  silent   ok     (nobody speaks)");
    assert_eq!(lines[7], "11-30  silent   ok     (nobody speaks)");
    assert_eq!(lines[12], "14-00  missing  ok     (the row has no object, on purpose)");
    assert!(lines[13].starts_with("14-30  failed   ok     "), "{first:#?}");
    assert_eq!(lines.iter().filter(|line| line.contains("equals the manifest")).count(), 10);
    assert!(first.stderr.contains("12 completed, 2 left pending"), "{first:#?}");

    let second = sandbox.run(&arguments).expect(0);
    assert_eq!(second.stdout, first.stdout);
    let said = "nothing left to do: 12 completed; 2 wait for their audio: 14-00 is missing; 14-30 ";
    assert!(second.stderr.contains(said), "{second:#?}");
}

#[test]
fn without_the_projects_models_the_demo_says_where_it_looked() {
    let run = Sandbox::new().run(&["demo"]).expect(2);
    assert!(run.stderr.contains("cannot read `models/ggml-synth-tiny.bin`"), "{run:#?}");
    assert!(run.stderr.contains("hint: run this in the project's folder"), "{run:#?}");
}
