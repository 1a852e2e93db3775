//! The files in the folder: their owner, their age, their locks.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracing_subscriber::filter::LevelFilter;
use watchme_asr::checkpoint::{Checkpoints, Key};

use super::{begin, files, make_key, make_pass, make_passes, only_file, open_folder};

#[test]
fn only_the_owner_may_read_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("var/checkpoints");
    begin(&Checkpoints::open(path.clone()), &make_key("a", "ja"), 1);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&only_file(&path)), 0o600);
}

#[test]
fn each_key_has_its_own_passes() {
    let (folder, checkpoints) = open_folder();
    let keys = [make_key("a", "ja"), make_key("a", "en"), make_key("b", "ja")];
    for (count, key) in (1..).zip(&keys) {
        begin(&checkpoints, key, count);
    }
    assert_eq!(files(folder.path()).len(), 3);
    for (count, key) in (1..).zip(&keys) {
        assert_eq!(checkpoints.resume(key).passes, make_passes(count));
    }
    checkpoints.resume(&keys[1]).done();
    assert_eq!(checkpoints.resume(&keys[0]).passes, make_passes(1));
    assert_eq!(checkpoints.resume(&keys[2]).passes, make_passes(3));
}

#[test]
fn a_key_of_a_file_is_of_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        Key::of_file(&path, "m", make_key("", "ja").parameters).unwrap()
    };
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(of("one", b"abc"), make_key(digest, "ja"));
    assert_eq!(of("two", b"abc"), of("one", b"abc"));
    assert_ne!(of("two", b"abd"), of("one", b"abc"));
    assert!(Key::of_file(&folder.path().join("none"), "m", [].into()).is_err());
}

#[test]
fn a_recording_that_somebody_works_on_is_left_to_them() {
    let (folder, checkpoints) = open_folder();
    let mut first = checkpoints.resume(&make_key("a", "ja"));
    first.append(&make_pass(0));
    let mut second = Checkpoints::open(folder.path().to_owned()).resume(&make_key("a", "ja"));
    assert_eq!(second.passes, []);
    second.append(&make_pass(0));
    second.done();
    first.append(&make_pass(1));
    drop(first);
    assert_eq!(checkpoints.resume(&make_key("a", "ja")).passes, make_passes(2));
}

#[test]
fn abandoned_checkpoints_are_deleted_and_open_ones_and_other_files_are_not() {
    let (folder, checkpoints) = open_folder();
    let age = |path: &Path, days: u64| {
        let time = SystemTime::now() - Duration::from_hours(24 * days);
        OpenOptions::new().write(true).open(path).unwrap().set_modified(time).unwrap();
    };
    begin(&checkpoints, &make_key("old", "ja"), 1);
    age(&only_file(folder.path()), 8);
    let other = folder.path().join("ggml-base.bin");
    fs::write(&other, "").unwrap();
    age(&other, 800);
    // An open file is never stale.
    let mut busy = checkpoints.resume(&make_key("busy", "ja"));
    busy.append(&make_pass(0));
    for path in files(folder.path()) {
        age(&path, 9);
    }
    begin(&checkpoints, &make_key("new", "ja"), 1);
    assert_eq!(files(folder.path()).len(), 3);
    assert!(other.exists());
    busy.done();
    assert_eq!(checkpoints.resume(&make_key("old", "ja")).passes, []);
    assert_eq!(checkpoints.resume(&make_key("new", "ja")).passes, make_passes(1));
}

#[test]
fn at_most_64_files_are_kept() {
    let (folder, checkpoints) = open_folder();
    for recording in 0..70 {
        begin(&checkpoints, &make_key(&recording.to_string(), "ja"), 1);
    }
    // Each new file comes after a sweep, so that there is one more.
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
            begin(&checkpoints, &make_key("a", "ja"), 3);
        }
        fs::remove_file(parent.path().join("var")).unwrap();
        begin(&checkpoints, &make_key("a", "ja"), 3);
        let resumed = checkpoints.resume(&make_key("a", "ja"));
        assert_eq!(resumed.passes, make_passes(3));
        assert_eq!(format!("{resumed:?}"), "Resumed { passes: 3, .. }");
        resumed.done();
        assert_eq!(files(&path), [] as [PathBuf; 0]);
        // A failure after it has worked is worth another warning.
        fs::remove_dir_all(parent.path().join("var")).unwrap();
        fs::write(parent.path().join("var"), "a file again").unwrap();
        begin(&checkpoints, &make_key("a", "ja"), 3);
    });
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("WARN").count(), 2, "{log}");
    assert_eq!(log.matches("a recording is resumed windows=3").count(), 1, "{log}");
    assert!(!log.contains("歩きました") && !log.contains("Thank you"), "{log}");
}
