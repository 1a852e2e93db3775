//! Text that a model repeats over and over is left out, and explained.

use watchme_testkit::sample::{DAY, DEVICE};

use crate::binaries::project_file;
use crate::station::Station;
use crate::world::end;

/// Position from which the model below does not know its place in the text.
const LOST_FROM: usize = 5;

/// Makes the project's model with a decoder that cannot count: it repeats its words again and
/// again.
fn model_that_loops() -> Vec<u8> {
    const NAME: &[u8] = b"decoder.positional_embedding";
    let mut model = std::fs::read(project_file("models/ggml-synth-tiny.bin")).unwrap();
    let name = model.windows(NAME.len()).position(|bytes| bytes == NAME).unwrap();
    let number = |at: usize| -> usize {
        u32::from_le_bytes(model[at..at + 4].try_into().unwrap()).try_into().unwrap()
    };
    // Before the name: dimensions, length of the name, type (0: floats of 32 bits), and its shape.
    assert_eq!((number(name - 20), number(name - 12)), (2, 0));
    let (row_bytes, rows) = (4 * number(name - 8), number(name - 4));
    let first = name + NAME.len();
    let known = first + (LOST_FROM - 1) * row_bytes;
    for row in LOST_FROM..rows {
        model.copy_within(known..known + row_bytes, first + row * row_bytes);
    }
    model
}

#[tokio::test]
async fn a_looped_segment_is_left_out_of_the_text_and_explained() {
    let station = Station::new();
    let audio = std::fs::read(project_file("models/recordings/en-02.wav")).unwrap();
    station.record("12-00", &audio).await;
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("loops.bin");
    std::fs::write(&model, model_that_loops()).unwrap();
    let watchme = async |arguments: &[&str]| {
        let mut command = station.command("watchme");
        command.env("WATCHME_MODELS", format!("base={}", model.display()));
        end(command.args(arguments)).await
    };

    let done = watchme(&["transcribe", "--device", DEVICE, "--date", DAY]).await;
    assert_eq!(done.code, 0, "{done:?}");
    let explained = watchme(&["explain", DEVICE, DAY, "12-00", "--json"]).await.json();
    assert_eq!(explained["text"], "", "{explained}");
    let kept = &explained["recordings"][0]["kept"];
    assert_eq!(kept["finding"], "all_removed", "{explained}");
    let segment = &kept["segments"][0];
    assert_eq!(segment["removed"]["reason"], "loop", "{explained}");
    assert!(segment["text"].as_str().unwrap().matches("dinner").count() >= 8, "{explained}");
    let shown = watchme(&["explain", DEVICE, DAY, "12-00"]).await;
    assert!(shown.stdout.contains("left out, says the same over and over"), "{shown:?}");
}
