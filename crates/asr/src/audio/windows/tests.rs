//! Windows of recordings of speech, noise and silence.

#![expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "samples")]

use std::io::Write as _;

use super::super::SAMPLE_RATE;
use super::super::tests::sounds::{SECOND, at_level, mixed, noise, sentences};
use super::*;

/// Most samples of a window: half of a pass, and a chunk.
const MAX_SAMPLES: usize = 16 * SECOND;

/// All windows of samples, checked against what is promised of each, and the summary at the end.
fn windows(samples: &[f32]) -> (Vec<Window>, Summary) {
    let data = samples.iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes());
    let data: Vec<u8> = data.collect();
    let size = u32::try_from(data.len()).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let words = |numbers: &[u32]| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    };
    for part in [
        b"RIFF".as_slice(),
        &words(&[36 + size]),
        b"WAVEfmt ",
        &words(&[16, 0x0001_0001, SAMPLE_RATE, 2 * SAMPLE_RATE, 0x0010_0002]),
        b"data",
        &words(&[size]),
        &data,
    ] {
        file.write_all(part).unwrap();
    }
    let (windows, summary) = windows_at(file.path());
    assert_eq!(summary.audio, duration_of(samples.len() as u64));
    for part in windows.iter().flat_map(|window| window.parts.iter().map(move |it| (it, window))) {
        let (part, window) = part;
        let from = usize::try_from(part.start).unwrap();
        let recorded = &samples[from..from + part.length];
        let heard = &window.samples[part.at..part.at + part.length];
        let is_same = recorded.iter().zip(heard).all(|(a, b)| (a - b).abs() < 1e-3);
        assert!(is_same, "a part is not where it says");
    }
    (windows, summary)
}

fn windows_at(path: &Path) -> (Vec<Window>, Summary) {
    let mut source = Windows::open(path).unwrap();
    let (mut windows, mut reported) = (Vec::new(), Duration::ZERO);
    loop {
        let held = source.packer.held();
        assert!(held <= MAX_SAMPLES + 8 * SECOND, "{held} samples are held");
        match source.advance().unwrap() {
            Some(Advance::Window(window)) => windows.push(window),
            Some(Advance::Passed(done)) => {
                assert!(reported < done);
                reported = done;
            }
            None if source.is_over() => break,
            None => {}
        }
    }
    let (mut after, mut voiced) = (0, 0);
    for window in &windows {
        assert!((1..=MAX_SAMPLES).contains(&window.samples.len()));
        for part in &window.parts {
            assert!(after <= part.start && part.length > 0, "{:?}", window.parts);
            after = part.end();
        }
        voiced += window.voiced.iter().map(ExactSizeIterator::len).sum::<usize>();
        assert!(!window.voiced.is_empty());
    }
    let summary = source.summary();
    assert_eq!(summary.sound.voiced, duration_of(voiced as u64));
    (windows, summary)
}

/// Share of a range of the recording that is in the windows, 0 to 1.
fn heard(windows: &[Window], start: usize, length: usize) -> f64 {
    let shared = |start_of: u64, end_of: u64| {
        end_of.min((start + length) as u64).saturating_sub(start_of.max(start as u64))
    };
    let parts = windows.iter().flat_map(|window| &window.parts);
    parts.map(|part| shared(part.start, part.end())).sum::<u64>() as f64 / length as f64
}

#[test]
fn speech_is_found_wherever_it_is_and_however_quiet_or_noisy() {
    for (level, room, correlation) in [
        (0.1, 1e-9_f32, 0.0),
        (0.1, 0.0005, 0.9),
        // Whispered, in a quiet room.
        (0.006, 0.0005, 0.9),
        // Wide loud noise 10 dB below the voice, then 5 dB.
        (0.3, 0.1, 0.0),
        (0.2, 0.11, 0.9),
    ] {
        let mut found = 0;
        for (index, sentence) in sentences().into_iter().enumerate() {
            let sentence = at_level(sentence, level);
            let length = sentence.len();
            let samples = vec![0.0; length + 8 * SECOND];
            let samples = mixed(samples, 4 * SECOND, &sentence);
            let noise = noise(samples.len(), room, correlation, index as u64);
            let (windows, _) = windows(&mixed(samples, 0, &noise));
            found += usize::from(heard(&windows, 4 * SECOND, length) > 0.95);
        }
        assert!(found >= 6, "{found} of 8 at {level} in {room}");
    }
}

#[test]
fn speech_ends_with_its_last_word() {
    // Wherever it begins within a chunk.
    for tenths in 0..10 {
        let start = 3 * SECOND + tenths * SECOND / 10;
        for (index, sentence) in sentences().into_iter().enumerate() {
            let end = duration_of((start + sentence.len()) as u64);
            let room = noise(start + sentence.len() + 4 * SECOND, 0.004, 0.9, index as u64);
            let (windows, _) = windows(&mixed(room, start, &at_level(sentence, 0.1)));
            let [window] = windows.as_slice() else { panic!("{} windows", windows.len()) };
            let voice = window.voiced.last().unwrap();
            let at = |sample: usize| duration_of(sample as u64);
            let voice = window.in_recording(&(at(voice.start)..at(voice.end)));
            let late = voice.end.saturating_sub(end);
            assert!(late < Duration::from_millis(650), "{index} at {start}: {late:?} late");
        }
    }
}

#[test]
fn speech_at_the_first_and_at_the_last_sample_is_whole() {
    for sentence in sentences() {
        let length = sentence.len();
        let (found, _) = windows(&sentence);
        assert!(heard(&found, 0, length) > 0.99, "alone");
        let (found, _) = windows(&[sentence.clone(), vec![0.0; 20 * SECOND]].concat());
        assert!(heard(&found, 0, length) > 0.99, "first");
        let (found, _) = windows(&[vec![0.0; 20 * SECOND], sentence].concat());
        assert!(heard(&found, 20 * SECOND, length) > 0.99, "last");
    }
}

#[test]
fn silence_and_quiet_rooms_have_no_windows() {
    for samples in [vec![], vec![0.5], vec![0.0; 40 * SECOND], vec![0.9; 300]] {
        assert_eq!(windows(&samples).0, []);
    }
    for level in [0.001, 0.005] {
        let (windows, summary) = windows(&noise(120 * SECOND, level, 0.9, 1));
        assert_eq!((windows.len(), summary.sound.voiced), (0, Duration::ZERO));
        assert!((summary.sound.loudest_second - level).abs() < level / 5.0);
    }
}

#[test]
fn a_recording_has_the_same_windows_at_any_level() {
    let room = noise(60 * SECOND, 0.003, 0.9, 3);
    let spoken = sentences().into_iter().enumerate();
    let loud = spoken.fold(room, |room, (index, sentence)| {
        mixed(room, (3 + 7 * index) * SECOND, &at_level(sentence, 0.1))
    });
    let quiet: Vec<f32> = loud.iter().map(|sample| sample / 32.0).collect();
    let parts = |samples: &[f32]| -> Vec<(u64, u64)> {
        let parts = windows(samples).0.into_iter().flat_map(|window| window.parts);
        parts.map(|part| (part.start, part.end())).collect()
    };
    // But for some VAD frames, since a quiet sound has fewer bits.
    let is_near = |one: u64, other: u64| one.abs_diff(other) <= 3 * VAD_FRAME as u64;
    let (quiet, loud) = (parts(&quiet), parts(&loud));
    assert_eq!(quiet.len(), loud.len());
    for (quiet, loud) in quiet.into_iter().zip(loud) {
        assert!(is_near(quiet.0, loud.0) && is_near(quiet.1, loud.1), "{quiet:?}, {loud:?}");
    }
}

#[test]
fn sparse_speech_is_packed_with_its_pauses() {
    let mut samples = noise(600 * SECOND, 0.0005, 0.9, 4);
    let sentences = sentences();
    let starts: Vec<usize> =
        (0..sentences.len()).map(|n| (20 + 70 * n) * SECOND + n * 999).collect();
    for (start, sentence) in starts.iter().zip(&sentences) {
        samples = mixed(samples, *start, sentence);
    }
    let (windows, summary) = windows(&samples);
    let parts: usize = windows.iter().map(|window| window.parts.len()).sum();
    assert!((8..=9).contains(&parts), "{parts} parts of {} sentences", sentences.len());
    let length: Duration = windows.iter().map(Window::length).sum();
    let pause = length.saturating_sub(summary.sound.voiced);
    assert!(pause >= Duration::from_millis(800) * 7, "{pause:?}");
    for (start, sentence) in starts.iter().zip(&sentences) {
        assert!(heard(&windows, *start, sentence.len()) > 0.99);
    }
}

#[test]
fn speech_without_a_pause_loses_nothing() {
    let once = sentences().concat();
    let samples = once.repeat(300 * SECOND / once.len() + 1);
    let (windows, _) = windows(&samples);
    assert!(heard(&windows, 0, samples.len()) > 0.99);
}

#[test]
fn the_windows_do_not_depend_on_how_the_samples_arrive() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let (wav, flac) = (fixtures.join("speech.wav"), fixtures.join("speech.flac"));
    let (found, summary) = windows_at(&wav);
    assert!(!found.is_empty());
    let (again, of_flac) = windows_at(&flac);
    assert_eq!(again, found);
    assert_eq!((of_flac.audio, of_flac.sound), (summary.audio, summary.sound));
}
