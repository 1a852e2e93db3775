//! Compares numbers of threads by running the encoder, within a limit of time.

use std::num::NonZeroUsize;
use std::time::Duration;

use crate::models::{AUDIO_CONTEXT, Architecture};

/// Time for the whole trial. A run of the encoder that has started is not interrupted.
const LIMIT: Duration = Duration::from_secs(2);

/// Runs of each number of threads, in turn: the first also pays for reading the weights from memory
/// for the first time, and other programs use the machine as well.
const ROUNDS: usize = 2;

/// Least speed of a core, in floating-point operations a second: below whisper.cpp with AVX2
/// (benches/notes.md). Only the time of the first run is guessed with it.
const CORE_FLOPS: f64 = 40e9;

/// Fewer threads are preferred if they take at most this share of the time of all cores: a smaller
/// difference is noise.
const CLEARLY_FASTER: f64 = 0.9;

/// A comparison of numbers of threads, the largest first.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    candidates: Vec<NonZeroUsize>,
    /// Floating-point operations of one run of the encoder.
    operations: f64,
}

impl Trial {
    pub(super) fn new(candidates: Vec<NonZeroUsize>, architecture: Architecture) -> Self {
        Self { candidates, operations: count_operations(architecture) }
    }

    /// Returns the shortest time of each number of threads that there was time for. `None` if there is
    /// nothing to compare, if not even one run fits the limit, or if one fails.
    ///
    /// `encode` runs the encoder and returns the time that took; `elapsed` is the time of the whole trial.
    pub(super) fn run(
        &self,
        mut encode: impl FnMut(NonZeroUsize) -> Option<Duration>,
        elapsed: impl Fn() -> Duration,
    ) -> Option<Vec<(NonZeroUsize, Duration)>> {
        let mut shortest: Vec<(NonZeroUsize, Duration)> = Vec::new();
        for _ in 0..ROUNDS {
            for (at, &threads) in self.candidates.iter().enumerate() {
                let expected = match (shortest.get(at), shortest.first()) {
                    (Some((_, known)), _) => *known,
                    // Fewer threads take longer at most in proportion.
                    (None, Some((all, took))) => scaled(*took, all.get(), threads.get()),
                    (None, None) => self.guess(threads),
                };
                if self.candidates.len() < 2 || elapsed() + expected > LIMIT {
                    return (!shortest.is_empty()).then_some(shortest);
                }
                let took = encode(threads)?;
                match shortest.get_mut(at) {
                    Some((_, known)) => *known = took.min(*known),
                    None => shortest.push((threads, took)),
                }
            }
        }
        Some(shortest)
    }

    fn guess(&self, threads: NonZeroUsize) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "there are not so many cores")]
        let flops = CORE_FLOPS * threads.get() as f64;
        Duration::from_secs_f64(self.operations / flops)
    }
}

/// Returns the number of threads to use: `all`, unless fewer are clearly faster.
pub(super) fn fastest(measured: &[(NonZeroUsize, Duration)], all: NonZeroUsize) -> NonZeroUsize {
    let of_all = measured.iter().find(|(threads, _)| *threads == all).map(|(_, took)| *took);
    let best = measured.iter().min_by_key(|(_, took)| *took);
    match (best, of_all) {
        (Some((threads, took)), Some(of_all)) if *took <= of_all.mul_f64(CLEARLY_FASTER) => {
            *threads
        }
        _ => all,
    }
}

fn scaled(took: Duration, from: usize, to: usize) -> Duration {
    took.saturating_mul(u32::try_from(from.div_ceil(to)).unwrap_or(u32::MAX))
}

/// Counts the floating-point operations of one run of the encoder: the matrix products of each layer,
/// and attention between all positions.
fn count_operations(architecture: Architecture) -> f64 {
    let (width, positions) = (f64::from(architecture.width), f64::from(AUDIO_CONTEXT));
    let layer = 2.0 * positions * (12.0 * width * width + 2.0 * positions * width);
    f64::from(architecture.audio_layers) * layer
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::models::find;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn count(threads: usize) -> NonZeroUsize {
        NonZeroUsize::new(threads).unwrap()
    }

    /// Runs a trial where `took` gives the milliseconds of a run by its threads. Returns the measured
    /// times, and the threads of each run.
    fn run_trial(
        candidates: &[usize],
        model: &str,
        took: impl Fn(usize) -> u64,
    ) -> (Option<Vec<(usize, u64)>>, Vec<usize>) {
        let candidates = candidates.iter().copied().map(count).collect();
        let trial = Trial::new(candidates, find(model).unwrap().architecture);
        let done = RefCell::new(Vec::new());
        let elapsed = || done.borrow().iter().map(|&threads| MS(took(threads))).sum();
        let encode = |threads: NonZeroUsize| {
            done.borrow_mut().push(threads.get());
            Some(MS(took(threads.get())))
        };
        let measured = trial.run(encode, elapsed);
        let plain = |measured: Vec<(NonZeroUsize, Duration)>| {
            let pairs = measured.into_iter();
            pairs.map(|(n, took)| (n.get(), u64::try_from(took.as_millis()).unwrap())).collect()
        };
        (measured.map(plain), done.into_inner())
    }

    #[test]
    fn each_number_of_threads_is_tried_in_turn() {
        let (measured, done) = run_trial(&[8, 4, 1], "base", |threads| 160 / threads as u64);
        assert_eq!(measured, Some(vec![(8, 20), (4, 40), (1, 160)]));
        assert_eq!(done, [8, 4, 1, 8, 4, 1]);
    }

    #[test]
    fn one_core_needs_no_trial_and_a_large_model_gets_none() {
        assert_eq!(run_trial(&[1], "base", |_| 1), (None, vec![]));
        assert_eq!(run_trial(&[2, 1], "large-v3", |_| 1), (None, vec![]));
    }

    #[test]
    fn a_slow_machine_is_tried_as_long_as_there_is_time() {
        // One thread would be expected to take twice the 900 ms.
        assert_eq!(run_trial(&[2, 1], "base", |_| 900), (Some(vec![(2, 900)]), vec![2]));
        // After one round there is an answer, and no time for another.
        let (measured, done) = run_trial(&[2, 1], "base", |threads| 1200 / threads as u64);
        assert_eq!((measured, done), (Some(vec![(2, 600), (1, 1200)]), vec![2, 1]));
    }

    #[test]
    fn a_run_that_fails_ends_the_trial() {
        let trial = Trial::new(vec![count(2), count(1)], find("base").unwrap().architecture);
        assert_eq!(trial.run(|_| None, || Duration::ZERO), None);
    }

    #[test]
    fn fewer_threads_must_be_clearly_faster() {
        let chosen = |times: &[(usize, u64)]| {
            let times: Vec<_> = times.iter().map(|&(n, took)| (count(n), MS(took))).collect();
            fastest(&times, count(8)).get()
        };
        assert_eq!(chosen(&[(8, 100), (4, 95), (1, 400)]), 8);
        assert_eq!(chosen(&[(8, 100), (4, 90), (1, 400)]), 4);
        assert_eq!(chosen(&[(8, 100), (4, 90), (1, 50)]), 1);
        assert_eq!(chosen(&[(8, 100)]), 8);
        assert_eq!(chosen(&[]), 8);
    }

    #[test]
    fn a_run_of_base_is_about_90_billion_operations() {
        let base = count_operations(find("base").unwrap().architecture);
        assert!((80e9..100e9).contains(&base), "{base}");
    }
}
