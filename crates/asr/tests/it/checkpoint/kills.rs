//! Whatever a kill leaves behind, the passes read back are a prefix of those written.

use std::fs::{self, OpenOptions};

use watchme_asr::checkpoint::Checkpoints;

use super::{begin, make_key, make_pass, make_passes, only_file, open_folder};

/// Counts the whole lines.
fn whole_lines(bytes: &[u8]) -> u32 {
    u32::try_from(
        bytes.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n")).count(),
    )
    .unwrap()
}

#[test]
fn a_recording_is_resumed_to_the_bit() {
    let (folder, checkpoints) = open_folder();
    begin(&checkpoints, &make_key("a", "ja"), 5);
    // As another process, after this one died.
    let mut resumed = Checkpoints::open(folder.path().to_owned()).resume(&make_key("a", "ja"));
    assert_eq!(resumed.passes, make_passes(5));
    resumed.append(&make_pass(5));
    drop(resumed);
    let resumed = checkpoints.resume(&make_key("a", "ja"));
    assert_eq!(resumed.passes, make_passes(6));
    resumed.done();
    assert_eq!(checkpoints.resume(&make_key("a", "ja")).passes, []);
}

#[test]
fn a_file_cut_at_any_byte_is_a_prefix_and_is_resumed() {
    const COUNT: u32 = 4;
    let (folder, checkpoints) = open_folder();
    let key = make_key("a", "ja");
    begin(&checkpoints, &key, COUNT);
    let path = only_file(folder.path());
    let whole = fs::read(&path).unwrap();
    for length in 0..=whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let finished = whole_lines(&whole[..length]);
        let mut resumed = checkpoints.resume(&key);
        assert_eq!(resumed.passes, make_passes(finished), "cut to {length} bytes");
        for index in finished..COUNT {
            resumed.append(&make_pass(index));
        }
        drop(resumed);
        assert_eq!(fs::read(&path).unwrap(), whole, "resumed after {length} bytes");
    }
}

#[test]
fn a_file_changed_at_any_byte_is_a_prefix() {
    let (folder, checkpoints) = open_folder();
    let key = make_key("a", "ja");
    begin(&checkpoints, &key, 3);
    let path = only_file(folder.path());
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        for change in [0x01, 0x80] {
            let mut changed = whole.clone();
            changed[at] ^= change;
            fs::write(&path, &changed).unwrap();
            let read = checkpoints.resume(&key).passes;
            assert_eq!(read, make_passes(whole_lines(&whole[..at])), "changed at {at}");
        }
    }
}

#[test]
fn what_a_disk_left_of_a_lost_write_is_left_out() {
    let (folder, checkpoints) = open_folder();
    let key = make_key("a", "ja");
    begin(&checkpoints, &key, 3);
    let path = only_file(folder.path());
    let whole = fs::read(&path).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let cases: [(&str, Vec<u8>, u32); 6] = [
        ("zeros after the end", [whole.as_slice(), &[0; 5000]].concat(), 3),
        ("a line twice", [lines[0], lines[0], lines[1]].concat().into_bytes(), 1),
        ("a line is missing", [lines[0], lines[2]].concat().into_bytes(), 1),
        ("lines in another order", [lines[1], lines[0], lines[2]].concat().into_bytes(), 0),
        ("empty lines", b"\n\n\n".to_vec(), 0),
        ("something else", vec![0xFF; 100_000], 0),
    ];
    for (what, bytes, finished) in cases {
        fs::write(&path, bytes).unwrap();
        assert_eq!(checkpoints.resume(&key).passes, make_passes(finished), "{what}");
    }
}

#[test]
fn lines_of_another_recording_are_left_out() {
    let (folder, checkpoints) = open_folder();
    begin(&checkpoints, &make_key("a", "ja"), 2);
    let first = only_file(folder.path());
    let of_another = fs::read(&first).unwrap();
    fs::remove_file(&first).unwrap();
    begin(&checkpoints, &make_key("b", "ja"), 1);
    fs::write(only_file(folder.path()), of_another).unwrap();
    assert_eq!(checkpoints.resume(&make_key("b", "ja")).passes, []);
}

#[test]
fn a_pass_out_of_order_ends_the_checkpoint_and_not_the_recording() {
    let (_folder, checkpoints) = open_folder();
    let mut recording = checkpoints.resume(&make_key("a", "ja"));
    for index in [0, 2, 1, 3] {
        recording.append(&make_pass(index));
    }
    drop(recording);
    assert_eq!(checkpoints.resume(&make_key("a", "ja")).passes, make_passes(1));
}

#[test]
fn a_recording_of_a_day_is_bounded() {
    let (folder, checkpoints) = open_folder();
    let key = make_key("a", "ja");
    let mut recording = checkpoints.resume(&key);
    for index in 0..100 {
        let mut pass = make_pass(index);
        pass.segments = vec![super::segment(0, &"あ".repeat(70_000))];
        recording.append(&pass);
    }
    drop(recording);
    assert!(only_file(folder.path()).metadata().unwrap().len() <= 16 << 20);
    let kept = checkpoints.resume(&key).passes.len();
    assert!((50..100).contains(&kept), "{kept}");
    // And a single pass that is too long.
    OpenOptions::new().write(true).truncate(true).open(only_file(folder.path())).unwrap();
    let mut pass = make_pass(0);
    pass.segments = vec![super::segment(0, &"x".repeat(300_000))];
    let mut recording = checkpoints.resume(&key);
    recording.append(&pass);
    drop(recording);
    assert_eq!(checkpoints.resume(&key).passes, []);
}
