//! What stands in the folder, for how long, and who may read it.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracing_subscriber::filter::LevelFilter;
use watchme_asr::checkpoint::{Checkpoints, Key};

use super::{begin, file, files, folder, key, window, windows};

#[test]
fn only_the_owner_may_read_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("var/checkpoints");
    begin(&Checkpoints::open(path.clone()), &key("a", "ja"), 1);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&file(&path)), 0o600);
}

#[test]
fn each_key_has_its_own_windows() {
    let (folder, checkpoints) = folder();
    let keys = [key("a", "ja"), key("a", "en"), key("b", "ja")];
    for (count, key) in (1..).zip(&keys) {
        begin(&checkpoints, key, count);
    }
    assert_eq!(files(folder.path()).len(), 3);
    for (count, key) in (1..).zip(&keys) {
        assert_eq!(checkpoints.resume(key).windows, windows(count));
    }
    checkpoints.resume(&keys[1]).done();
    assert_eq!(checkpoints.resume(&keys[0]).windows, windows(1));
    assert_eq!(checkpoints.resume(&keys[2]).windows, windows(3));
}

#[test]
fn a_key_of_a_file_is_of_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        Key::of_file(&path, "m", key("", "ja").parameters).unwrap()
    };
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(of("one", b"abc"), key(digest, "ja"));
    assert_eq!(of("two", b"abc"), of("one", b"abc"));
    assert_ne!(of("two", b"abd"), of("one", b"abc"));
    assert!(Key::of_file(&folder.path().join("none"), "m", [].into()).is_err());
}

#[test]
fn a_recording_that_somebody_works_on_is_left_to_them() {
    let (folder, checkpoints) = folder();
    let mut first = checkpoints.resume(&key("a", "ja"));
    first.append(&window(0));
    let mut second = Checkpoints::open(folder.path().to_owned()).resume(&key("a", "ja"));
    assert_eq!(second.windows, []);
    second.append(&window(0));
    second.done();
    first.append(&window(1));
    drop(first);
    assert_eq!(checkpoints.resume(&key("a", "ja")).windows, windows(2));
}

#[test]
fn what_nobody_goes_on_with_is_deleted_and_what_is_written_or_not_ours_is_not() {
    let (folder, checkpoints) = folder();
    let age = |path: &Path, days: u64| {
        let time = SystemTime::now() - Duration::from_hours(24 * days);
        OpenOptions::new().write(true).open(path).unwrap().set_modified(time).unwrap();
    };
    begin(&checkpoints, &key("old", "ja"), 1);
    age(&file(folder.path()), 8);
    let other = folder.path().join("ggml-base.bin");
    fs::write(&other, "").unwrap();
    age(&other, 800);
    // Its own open makes room for nothing that is in use.
    let mut busy = checkpoints.resume(&key("busy", "ja"));
    busy.append(&window(0));
    for path in files(folder.path()) {
        age(&path, 9);
    }
    begin(&checkpoints, &key("new", "ja"), 1);
    assert_eq!(files(folder.path()).len(), 3);
    assert!(other.exists());
    busy.done();
    assert_eq!(checkpoints.resume(&key("old", "ja")).windows, []);
    assert_eq!(checkpoints.resume(&key("new", "ja")).windows, windows(1));
}

#[test]
fn no_more_than_64_wait() {
    let (folder, checkpoints) = folder();
    for recording in 0..70 {
        begin(&checkpoints, &key(&recording.to_string(), "ja"), 1);
    }
    // Swept before each is begun, so that there is one more.
    assert_eq!(files(folder.path()).len(), 65);
    let _checkpoints = Checkpoints::open(folder.path().to_owned());
    assert_eq!(files(folder.path()).len(), 64);
}

#[test]
fn a_folder_that_cannot_be_written_costs_one_warning_and_no_recording() {
    let parent = tempfile::tempdir().unwrap();
    let (path, log) = (parent.path().join("var/checkpoints"), parent.path().join("log"));
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(Arc::new(File::create(&log).unwrap()))
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        fs::write(parent.path().join("var"), "a file where the folder belongs").unwrap();
        let checkpoints = Checkpoints::open(path.clone());
        for _ in 0..3 {
            begin(&checkpoints, &key("a", "ja"), 3);
        }
        fs::remove_file(parent.path().join("var")).unwrap();
        begin(&checkpoints, &key("a", "ja"), 3);
        let resumed = checkpoints.resume(&key("a", "ja"));
        assert_eq!(resumed.windows, windows(3));
        assert_eq!(format!("{resumed:?}"), "Resumed { windows: 3, .. }");
        resumed.done();
        assert_eq!(files(&path), [] as [PathBuf; 0]);
        // Trouble that comes back is told again.
        fs::remove_dir_all(parent.path().join("var")).unwrap();
        fs::write(parent.path().join("var"), "a file again").unwrap();
        begin(&checkpoints, &key("a", "ja"), 3);
    });
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("WARN").count(), 2, "{log}");
    assert_eq!(log.matches("a recording is gone on with windows=3").count(), 1, "{log}");
    assert!(!log.contains("歩きました") && !log.contains("Thank you"), "{log}");
}
