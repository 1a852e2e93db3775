//! `watchme import --device --date FOLDER`: recordings of one's own.

use std::fs;
use std::path::Path;

use crate::sandbox::{Run, Sandbox, models_dir};

const IMPORT: [&str; 6] =
    ["import", "--device", "living-room", "--date", "2025-07-18", "recordings"];

/// Puts files into the folder `recordings` of the working folder.
fn with_recordings(files: &[(&str, &[u8])]) -> Sandbox {
    let sandbox = Sandbox::with_model();
    let folder = sandbox.path("recordings");
    fs::create_dir_all(folder.join("12-00 elsewhere")).unwrap();
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
    sandbox
}

fn clip(name: &str) -> Vec<u8> {
    fs::read(models_dir().join("recordings").join(name)).unwrap()
}

fn copied(sandbox: &Sandbox, place: &str) -> bool {
    sandbox.data("recordings").join("files/living-room/2025-07-18").join(place).is_file()
}

#[test]
fn files_named_by_their_time_are_copied_transcribed_and_shown() {
    let (speech, silence) = (clip("ja-02.wav"), clip("silence.wav"));
    let sandbox = with_recordings(&[
        ("12-00.WAV", &speech),
        ("12-30.wav", &silence),
        ("12-47.wav", &silence),
        ("notes.txt", b"not named by a time"),
    ]);
    let run = sandbox.run(&IMPORT).expect(0);
    assert_eq!(
        run.stdout,
        "files/living-room/2025-07-18/12-00/audio.wav\n\
         files/living-room/2025-07-18/12-30/audio.wav\n\
         files/living-room/2025-07-18/12-47-00/audio.wav\n"
    );
    assert!(
        run.stderr.contains("left out `recordings/notes.txt`: its name has no time"),
        "{run:#?}"
    );
    assert!(sandbox.path("recordings/12-00.WAV").is_file(), "the originals stay");

    let again = sandbox.run(&IMPORT).expect(0);
    assert_eq!(again.stdout, "");
    assert!(again.stderr.contains("4 recordings below `recordings`, 0 new"), "{again:#?}");

    let day = ["--device", "living-room", "--date", "2025-07-18"];
    sandbox.run(&[&["transcribe"], &day[..]].concat()).expect(0);
    let shown = sandbox.run(&[&["status"], &day[..]].concat()).expect(0).stdout;
    assert!(shown.contains("12-00  text          会社に行きました。\n12-30  silent\n"), "{shown}");
}

#[test]
fn another_recording_in_the_way_is_never_overwritten() {
    let sandbox = with_recordings(&[("12-00.wav", b"one"), ("12-30.wav", b"two")]);
    sandbox.record("files/living-room/2025-07-18/12-30/audio.wav", b"another");
    let run = sandbox.run(&IMPORT).expect(2);
    assert!(run.stderr.contains("there is already another recording at `"), "{run:#?}");
    assert!(!copied(&sandbox, "12-00/audio.wav"), "nothing is copied");
    let kept = sandbox.data("recordings/files/living-room/2025-07-18/12-30/audio.wav");
    assert_eq!(fs::read(kept).unwrap(), b"another");
}

#[test]
fn a_folder_without_recordings_or_that_is_not_there_ends_with_2() {
    let refused = |run: Run, expected: &str| {
        let run = run.expect(2);
        assert!(run.stderr.contains(expected), "{run:#?}");
    };
    let sandbox = with_recordings(&[("notes.txt", b"")]);
    refused(sandbox.run(&IMPORT), "hint: they are named `HH-MM.wav`");
    refused(Sandbox::with_model().run(&IMPORT), "cannot read the folder `recordings`");
    let alone = ["import", "--device", "living-room", "recordings"];
    refused(sandbox.run(&alone), "--date");
    let without_folder = ["import", "--device", "living-room", "--date", "2025-07-18"];
    refused(sandbox.run(&without_folder), "FOLDER");
    assert!(!Path::new("recordings").exists());
}
