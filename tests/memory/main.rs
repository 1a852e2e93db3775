//! Peak memory does not grow with the length of a recording. Its own process, since the kernel
//! keeps one peak for all children of a process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests")]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};

/// Bytes of a minute at 16 kHz, mono, 16 bit.
const MINUTE: usize = 60 * 16_000 * 2;

/// Bytes before the samples of a plain WAV file.
const HEADER: usize = 44;

/// One of each ten minutes is conversation: only the length matters, and a test must end.
const SPEECH_EVERY_MINUTES: usize = 10;

#[test]
fn thirty_minutes_need_no_more_memory_than_five() {
    let folder = tempfile::tempdir().unwrap();
    let short = peak_kilobytes_after(&recording(folder.path(), 5));
    let long = peak_kilobytes_after(&recording(folder.path(), 30));
    println!("peak of 5 minutes: {short} kB, of 30 minutes: {long} kB");
    // 30 minutes of samples alone would be 115 MB more. The slack is for the allocator.
    assert!(long < short + 8_000, "5 minutes: {short} kB, 30 minutes: {long} kB");
}

/// Returns the largest resident size of any child so far, this one included.
fn peak_kilobytes_after(recording: &Path) -> i64 {
    let model = project_file("models/ggml-synth-tiny.bin");
    let test = std::env::current_exe().unwrap();
    let status = Command::new(test.ancestors().nth(2).unwrap().join("watchme"))
        .args(["transcribe-file", "--language", "en", "--model"])
        .args([&model, recording])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss()
}

/// Writes a WAV file of this many minutes: one of conversation, then silence, over and over.
fn recording(folder: &Path, minutes: usize) -> PathBuf {
    let speech = std::fs::read(project_file("models/recordings/long-en.wav")).unwrap();
    let size = u32::try_from(minutes * MINUTE).unwrap();
    let mut header = speech[..HEADER].to_vec();
    header[4..8].copy_from_slice(&(size + 36).to_le_bytes());
    header[40..44].copy_from_slice(&size.to_le_bytes());
    let path = folder.join(format!("{minutes}.wav"));
    // Written in pieces: memory of this process counts as the child's until the child is a program.
    let mut wav = File::create(&path).unwrap();
    wav.write_all(&header).unwrap();
    let silence = vec![0; MINUTE];
    for minute in 0..minutes {
        let is_spoken = minute % SPEECH_EVERY_MINUTES == 0;
        let samples = if is_spoken { &speech[HEADER..][..MINUTE] } else { &silence };
        wav.write_all(samples).unwrap();
    }
    path
}

fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}
