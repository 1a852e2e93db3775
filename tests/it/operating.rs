//! The command line at work on a running service.

use serde_json::Value;
use watchme_testkit::sample::{DAY, DEVICE};

use crate::binaries::project_file;
use crate::station::{Service, Station};
use crate::world::{Ended, end};

#[tokio::test]
async fn the_command_line_starts_follows_and_shows_runs_of_a_service_with_keys() {
    let station = Station::new();
    let audio = std::fs::read(project_file("models/recordings/ja-01.wav")).unwrap();
    for block in ["12-00", "12-30"] {
        station.record(block, &audio).await;
    }
    let mut keys = station.command("watchme");
    let made = end(keys.args(["keys", "new", "--name", "ops", "--json"])).await.json();
    let (key, entry) = (made["key"].as_str().unwrap(), made["entry"].as_str().unwrap());
    let mut server = station.command("watchme-server");
    server.env("WATCHME_API_KEYS", entry);
    let service = Service::start(server).await;
    let watchme = async |arguments: &[&str], key: &str| -> Ended {
        let mut command = station.command("watchme");
        command.env("WATCHME_SERVER_URL", &service.url).env("WATCHME_API_KEY", key);
        end(command.args(arguments)).await
    };

    let day = ["runs", "start", "--device", DEVICE, "--date", DAY, "--follow"];
    let stranger = watchme(&day, "wrong").await;
    assert_ne!(stranger.code, 0, "{stranger:?}");
    assert!(stranger.stderr.contains("WATCHME_API_KEY"), "{stranger:?}");

    let followed = watchme(&day, key).await;
    assert_eq!(followed.code, 0, "{followed:?}");
    let listed = watchme(&["runs", "list", "--json"], key).await.json();
    let run = &listed["runs"][0];
    assert_eq!(run["state"], "finished", "{listed}");
    let shown = watchme(&["runs", "show", run["id"].as_str().unwrap(), "--json"], key).await;
    let report: Value = shown.json();
    assert_eq!(report["report"]["summary"]["pending_processed"], 2, "{report}");
    let over = watchme(&["runs", "cancel", run["id"].as_str().unwrap()], key).await;
    assert_ne!(over.code, 0, "there is nothing to cancel: {over:?}");
}
