//! Cuts speech that goes on for longer than Whisper hears at once, at a quiet point.

use watchme_core::rules::SILENCE_RMS;

use super::SAMPLE_RATE;

/// The longest window. Whisper hears 30 s at a time; 2 s are left for its own padding.
pub(super) const MAX_SAMPLES: usize = 28 * SAMPLE_RATE as usize;

/// No part of what is cut but the last is shorter. Whisper takes as long for a short window as for
/// a full one, and speech pauses more often than every 13 s.
const MIN_SAMPLES: usize = 15 * SAMPLE_RATE as usize;

/// No part at all is shorter: Whisper invents text for less.
const MIN_REST: usize = SAMPLE_RATE as usize;

/// Quietness is measured in steps of 20 ms,
const STEP: usize = SAMPLE_RATE as usize / 50;

/// over 0.3 s, about the pause between two phrases.
const WINDOW_STEPS: usize = 15;

/// Windows whose energy is within 3 dB of the quietest are equally quiet; the last of them is cut.
const ALIKE: f64 = 2.0;

/// Where speech that goes on is to be cut, once there is so much of it that what is left makes a
/// part too.
pub(super) fn cut_of(speech: &[f32]) -> Option<usize> {
    (speech.len() >= MAX_SAMPLES + MIN_REST).then(|| quiet_point(speech, MIN_SAMPLES, MAX_SAMPLES))
}

/// Where speech that is over is to be cut, if it is too long.
pub(super) fn cut_at_end(speech: &[f32]) -> Option<usize> {
    let length = speech.len();
    (length > MAX_SAMPLES)
        .then(|| quiet_point(speech, MIN_SAMPLES, MAX_SAMPLES.min(length - MIN_REST)))
}

/// The middle of the last of the quietest windows that lie within `min..max`.
fn quiet_point(samples: &[f32], min: usize, max: usize) -> usize {
    let steps: Vec<f64> = samples[min..max].chunks_exact(STEP).map(energy).collect();
    let windows: Vec<f64> =
        steps.windows(WINDOW_STEPS).map(|window| window.iter().sum::<f64>()).collect();
    let quietest = windows.iter().copied().fold(f64::INFINITY, f64::min);
    // Below the gate of silence, one noise is as good as another.
    #[expect(clippy::cast_precision_loss, reason = "a window has 4800 samples")]
    let silence = f64::from(SILENCE_RMS).powi(2) * (WINDOW_STEPS * STEP) as f64;
    let quiet = silence.max(quietest * ALIKE);
    match windows.iter().rposition(|&window| window <= quiet) {
        Some(index) => min + index * STEP + WINDOW_STEPS * STEP / 2,
        None => max,
    }
}

fn energy(samples: &[f32]) -> f64 {
    samples.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: usize = SAMPLE_RATE as usize;

    /// A tone with the given stretches (start and length in ms, amplitude) made quiet.
    fn tone(seconds: f64, quiet: &[(usize, usize, f32)]) -> Vec<f32> {
        let length = usize::try_from(Duration::from_secs_f64(seconds).as_millis()).unwrap();
        let length = length * SECOND / 1000;
        let mut samples: Vec<f32> =
            (0..length).map(|n| if n % 16 < 8 { 0.5 } else { -0.5 }).collect();
        for &(start, ms, amplitude) in quiet {
            let range = start * SECOND / 1000..(start + ms) * SECOND / 1000;
            for sample in &mut samples[range] {
                *sample *= amplitude;
            }
        }
        samples
    }

    /// The lengths of the parts of speech that comes a block at a time.
    fn lengths(speech: &[f32], block: usize) -> Vec<usize> {
        let (mut waiting, mut lengths) = (Vec::new(), Vec::new());
        for block in speech.chunks(block) {
            waiting.extend_from_slice(block);
            while let Some(cut) = cut_of(&waiting) {
                waiting.drain(..cut);
                lengths.push(cut);
            }
        }
        while let Some(cut) = cut_at_end(&waiting) {
            waiting.drain(..cut);
            lengths.push(cut);
        }
        lengths.push(waiting.len());
        lengths
    }

    #[test]
    fn what_fits_into_one_window_is_not_cut() {
        for length in [0, 1, SECOND, MAX_SAMPLES - 1, MAX_SAMPLES] {
            assert_eq!(lengths(&vec![0.1; length], 4096), [length]);
        }
    }

    #[test]
    fn the_cut_is_in_the_middle_of_the_quietest_window() {
        let samples = tone(40.0, &[(18_000, 300, 0.1), (22_000, 300, 0.01), (26_000, 300, 0.1)]);
        let expected = 22_150 * SECOND / 1000;
        assert_eq!(lengths(&samples, 1000)[0].abs_diff(expected), 0);
    }

    #[test]
    fn of_equally_quiet_windows_the_last_is_cut() {
        let samples = tone(40.0, &[(18_000, 300, 0.0), (22_000, 300, 0.002), (26_000, 300, 0.0)]);
        assert_eq!(lengths(&samples, 1000)[0], 26_150 * SECOND / 1000);
    }

    #[test]
    fn a_quiet_window_before_the_minimum_is_not_cut() {
        let samples = tone(40.0, &[(5_000, 300, 0.0), (20_000, 300, 0.1)]);
        assert_eq!(lengths(&samples, 1000)[0], 20_150 * SECOND / 1000);
    }

    #[test]
    fn no_part_is_too_long_and_no_rest_too_short() {
        for seconds in [28.01, 28.5, 28.99, 29.0, 29.5, 43.0, 56.2, 57.0, 84.3, 100.0] {
            for quiet in [vec![], vec![(27_500, 300, 0.0)], vec![(15_000, 300, 0.0)]] {
                let lengths = lengths(&tone(seconds, &quiet), 1152);
                assert!(lengths.iter().all(|length| (MIN_REST..=MAX_SAMPLES).contains(length)));
                let (_, all_but_last) = lengths.split_last().unwrap();
                assert!(all_but_last.iter().all(|&length| length >= MIN_SAMPLES));
            }
        }
    }

    #[test]
    fn the_cuts_do_not_depend_on_how_the_samples_arrive() {
        let mut random = fastrand::Rng::with_seed(1);
        let samples: Vec<f32> = (0..100 * SECOND).map(|_| random.f32() - 0.5).collect();
        let expected = lengths(&samples, 1152);
        for block in [160, 4096, 33 * SECOND, samples.len()] {
            assert_eq!(lengths(&samples, block), expected, "blocks of {block}");
        }
    }
}
