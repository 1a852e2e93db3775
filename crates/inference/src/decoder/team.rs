//! Threads that compute the same steps side by side, each a share of every step.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, RwLock};
use std::{hint, ops::Range};

/// Number of times that a thread looks for the others before it goes to sleep, some 50 µs: a step is
/// shorter than falling asleep and waking up, and nothing is gained by spinning for longer.
const SPINS: u32 = 2_000;

/// Threads that wait for each other and publish what they have computed.
pub(super) struct Team {
    threads: usize,
    arrived: AtomicUsize,
    /// Number of times that all have arrived.
    rounds: AtomicUsize,
    is_closed: AtomicBool,
    sleepers: Mutex<usize>,
    wake: Condvar,
    /// Last two publications of each thread: a slow one still reads the one while the next is
    /// written, and none is two rounds ahead.
    published: [Vec<RwLock<Vec<f32>>>; 2],
}

/// One of the threads.
pub(super) struct Member<'a> {
    pub(super) team: &'a Team,
    pub(super) thread: usize,
    /// Number of its publications.
    pub(super) turn: usize,
}

/// The threads of a team have ended: one of them has panicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed;

impl Team {
    pub(super) fn new(threads: usize) -> Self {
        let published = || (0..threads).map(|_| RwLock::default()).collect();
        Self {
            threads,
            arrived: AtomicUsize::new(0),
            rounds: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
            sleepers: Mutex::new(0),
            wake: Condvar::new(),
            published: [published(), published()],
        }
    }

    /// Waits until all threads have arrived, as at a barrier.
    pub(super) fn wait(&self) -> Result<(), Closed> {
        let round = self.rounds.load(Ordering::Acquire);
        if self.arrived.fetch_add(1, Ordering::AcqRel) + 1 == self.threads {
            self.arrived.store(0, Ordering::Relaxed);
            self.rounds.fetch_add(1, Ordering::AcqRel);
            self.wake_all();
            return self.open();
        }
        let is_over = || {
            self.rounds.load(Ordering::Acquire) != round || self.is_closed.load(Ordering::Acquire)
        };
        for _ in 0..SPINS {
            if is_over() {
                return self.open();
            }
            hint::spin_loop();
        }
        let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        *sleepers += 1;
        while !is_over() {
            sleepers = self.wake.wait(sleepers).unwrap_or_else(PoisonError::into_inner);
        }
        *sleepers -= 1;
        drop(sleepers);
        self.open()
    }

    /// Ends all waiting, now and later.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.wake_all();
    }

    fn open(&self) -> Result<(), Closed> {
        if self.is_closed.load(Ordering::Acquire) { Err(Closed) } else { Ok(()) }
    }

    /// Misses none: a thread that falls asleep has looked again under the lock that is taken here.
    fn wake_all(&self) {
        if *self.sleepers.lock().unwrap_or_else(PoisonError::into_inner) > 0 {
            self.wake.notify_all();
        }
    }
}

impl Member<'_> {
    /// Returns this thread's share of `total` things that come in units.
    pub(super) fn share(&self, total: usize, unit: usize) -> Range<usize> {
        share(total, unit, self.thread, self.team.threads)
    }

    /// Publishes this thread's share of each of `rows` rows, and puts the rows together from all shares.
    /// A row has `all.len() / rows` numbers, shared in units.
    pub(super) fn all_gather(
        &mut self,
        own: &[f32],
        rows: usize,
        unit: usize,
        all: &mut [f32],
    ) -> Result<(), Closed> {
        self.publish(own)?;
        self.gather(rows, unit, all);
        Ok(())
    }

    /// Publishes this thread's share, and waits until all have done so.
    pub(super) fn publish(&mut self, own: &[f32]) -> Result<(), Closed> {
        self.turn += 1;
        let slot = &self.team.published[self.turn % 2][self.thread];
        let mut published = slot.write().unwrap_or_else(PoisonError::into_inner);
        published.clear();
        published.extend_from_slice(own);
        drop(published);
        self.team.wait()
    }

    /// Puts together the rows that all have published last.
    pub(super) fn gather(&self, rows: usize, unit: usize, all: &mut [f32]) {
        let width = all.len() / rows;
        for (thread, slot) in self.team.published[self.turn % 2].iter().enumerate() {
            let range = share(width, unit, thread, self.team.threads);
            if range.is_empty() {
                continue;
            }
            let published = slot.read().unwrap_or_else(PoisonError::into_inner);
            let shares = published.chunks_exact(range.len());
            for (row, share) in all.chunks_exact_mut(width).zip(shares) {
                row[range.clone()].copy_from_slice(share);
            }
        }
    }
}

/// Returns the share of a thread of `total` things that come in units: the same for all but the last
/// threads.
fn share(total: usize, unit: usize, thread: usize, threads: usize) -> Range<usize> {
    let each = total.div_ceil(unit).div_ceil(threads) * unit;
    (thread * each).min(total)..((thread + 1) * each).min(total)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn everything_is_shared_out_once_and_in_units() {
        for (total, unit) in [(512, 64), (6, 1), (51_865, 16), (64, 64)] {
            for threads in 1..=9 {
                let mut next = 0;
                for thread in 0..threads {
                    let range = share(total, unit, thread, threads);
                    assert_eq!(range.start, next);
                    assert!(range.end == total || range.end.is_multiple_of(unit));
                    next = range.end;
                }
                assert_eq!(next, total, "{total} by {threads}");
            }
        }
    }

    #[test]
    fn all_gather_what_all_have_published_round_after_round() {
        const ROUNDS: u16 = 300;
        for threads in [1, 2, 3, 5] {
            let team = Team::new(threads);
            let work = |thread| {
                let mut member = Member { team: &team, thread, turn: 0 };
                let own = member.share(8, 2);
                for round in 0..ROUNDS {
                    let row =
                        |row: u16| own.clone().map(move |at| f32::from(round + row) + at as f32);
                    let published: Vec<f32> = row(0).chain(row(1000)).collect();
                    let mut all = [0.0; 16];
                    member.all_gather(&published, 2, 2, &mut all).unwrap();
                    let expected = |at: u16| f32::from(round + at / 8 * 1000 + at % 8);
                    assert_eq!(all, std::array::from_fn(|at| expected(at as u16)));
                }
            };
            thread::scope(|scope| {
                (0..threads).for_each(|thread| drop(scope.spawn(move || work(thread))));
            });
        }
    }

    #[test]
    fn nobody_waits_for_a_closed_team() {
        let team = Arc::new(Team::new(2));
        let waiting = thread::spawn({
            let team = Arc::clone(&team);
            move || team.wait()
        });
        team.close();
        assert_eq!(waiting.join().unwrap(), Err(Closed));
        assert_eq!(team.wait(), Err(Closed));
    }
}
