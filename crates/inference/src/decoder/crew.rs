//! Threads that compute the same steps side by side, each a share of every step.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError, RwLock};
use std::{hint, ops::Range};

use super::Closed;

/// How often a thread looks whether the others have come before it goes to sleep, some 50 µs: a step is
/// shorter than falling asleep and waking up, and nothing is gained by waiting awake for longer.
const LOOKS: u32 = 2_000;

/// Where threads wait for each other and tell what they have computed.
pub(super) struct Board {
    threads: usize,
    arrived: AtomicUsize,
    /// How often all have arrived.
    rounds: AtomicUsize,
    is_closed: AtomicBool,
    sleepers: Mutex<usize>,
    wake: Condvar,
    /// What each thread has told last and before that: who is slow still reads the one while the next
    /// is written, and nobody is two rounds ahead.
    told: [Vec<RwLock<Vec<f32>>>; 2],
}

/// One of the threads.
pub(super) struct Place<'a> {
    pub(super) board: &'a Board,
    pub(super) thread: usize,
    /// How often something was told.
    pub(super) turn: usize,
}

impl Board {
    pub(super) fn new(threads: usize) -> Self {
        let told = || (0..threads).map(|_| RwLock::default()).collect();
        Self {
            threads,
            arrived: AtomicUsize::new(0),
            rounds: AtomicUsize::new(0),
            is_closed: AtomicBool::new(false),
            sleepers: Mutex::new(0),
            wake: Condvar::new(),
            told: [told(), told()],
        }
    }

    /// Waits until all threads are here.
    pub(super) fn meet(&self) -> Result<(), Closed> {
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
        for _ in 0..LOOKS {
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

    /// Lets nobody wait any more.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.wake_all();
    }

    fn open(&self) -> Result<(), Closed> {
        if self.is_closed.load(Ordering::Acquire) { Err(Closed) } else { Ok(()) }
    }

    /// Who falls asleep has looked again under the lock that is taken here.
    fn wake_all(&self) {
        if *self.sleepers.lock().unwrap_or_else(PoisonError::into_inner) > 0 {
            self.wake.notify_all();
        }
    }
}

impl Place<'_> {
    /// This thread's share of `total` things that come in units.
    pub(super) fn share(&self, total: usize, unit: usize) -> Range<usize> {
        share(total, unit, self.thread, self.board.threads)
    }

    /// Tells the others this thread's share of each of `rows` rows, and puts the rows together from all
    /// shares. A row has `all.len() / rows` numbers, shared in units.
    pub(super) fn exchange(
        &mut self,
        own: &[f32],
        rows: usize,
        unit: usize,
        all: &mut [f32],
    ) -> Result<(), Closed> {
        self.tell(own)?;
        self.collect(rows, unit, all);
        Ok(())
    }

    /// Tells the others this thread's share.
    pub(super) fn tell(&mut self, own: &[f32]) -> Result<(), Closed> {
        self.turn += 1;
        let slot = &self.board.told[self.turn % 2][self.thread];
        let mut told = slot.write().unwrap_or_else(PoisonError::into_inner);
        told.clear();
        told.extend_from_slice(own);
        drop(told);
        self.board.meet()
    }

    /// Puts together what all have told last.
    pub(super) fn collect(&self, rows: usize, unit: usize, all: &mut [f32]) {
        let width = all.len() / rows;
        for (thread, slot) in self.board.told[self.turn % 2].iter().enumerate() {
            let range = share(width, unit, thread, self.board.threads);
            if range.is_empty() {
                continue;
            }
            let told = slot.read().unwrap_or_else(PoisonError::into_inner);
            for (row, told) in all.chunks_exact_mut(width).zip(told.chunks_exact(range.len())) {
                row[range.clone()].copy_from_slice(told);
            }
        }
    }
}

/// The share of a thread of `total` things that come in units, the same for all but the last ones.
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
    fn all_know_what_all_have_told_round_after_round() {
        const ROUNDS: u16 = 300;
        for threads in [1, 2, 3, 5] {
            let board = Board::new(threads);
            let work = |thread| {
                let mut place = Place { board: &board, thread, turn: 0 };
                let own = place.share(8, 2);
                for round in 0..ROUNDS {
                    let row =
                        |row: u16| own.clone().map(move |at| f32::from(round + row) + at as f32);
                    let told: Vec<f32> = row(0).chain(row(1000)).collect();
                    let mut all = [0.0; 16];
                    place.exchange(&told, 2, 2, &mut all).unwrap();
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
    fn nobody_waits_at_a_closed_board() {
        let board = Arc::new(Board::new(2));
        let waiting = thread::spawn({
            let board = Arc::clone(&board);
            move || board.meet()
        });
        board.close();
        assert_eq!(waiting.join().unwrap(), Err(Closed));
        assert_eq!(board.meet(), Err(Closed));
    }
}
