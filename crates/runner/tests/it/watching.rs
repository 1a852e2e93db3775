//! Observing runs.

use watchme_runner::Load;

use crate::world::{build_world, only};

#[tokio::test]
async fn the_load_is_what_runs_and_what_waits() {
    let world = build_world(&["12-00", "12-30"], 1);
    assert_eq!(world.runner.load(), Load { running: 0, waiting: 0 });
    let mut gate = world.transcriber.hold("12-00");
    let first = world.runner.run(only("12-00")).unwrap();
    gate.reached().await;
    let second = world.runner.run(only("12-30")).unwrap();
    assert_eq!(world.runner.load(), Load { running: 1, waiting: 1 });
    gate.open();
    first.report().await.unwrap();
    second.report().await.unwrap();
    assert_eq!(world.runner.load(), Load { running: 0, waiting: 0 });
}
