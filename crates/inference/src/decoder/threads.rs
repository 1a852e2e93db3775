//! The threads of a decoder, and what they are told to do.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};

use super::crew::{Board, Place};
use super::share::{LOGITS_UNIT, Share};
use super::weights::Weights;
use super::{Closed, Shape, Tensors, Work};
use crate::attention::HEAD;
use crate::kernel::x86_rows::Widening;
use crate::kernel::{
    Kernel,
    x86::{Avx2, Avx512},
    x86_bf16::Bf16,
};
use crate::model::{Precision, WrongLength};

/// Whether this processor has what a decoder needs.
pub(super) fn has_kernel() -> bool {
    Widening::detect().is_some()
}

/// The best there is for this processor.
pub(super) fn best<E: From<WrongLength> + 'static>(
    shape: Shape,
    precision: Precision,
    threads: NonZeroUsize,
    tensors: &mut Tensors<'_, E>,
) -> Result<Option<Box<dyn Work>>, E> {
    let Some(widening) = Widening::detect() else { return Ok(None) };
    let halves = Bf16::detect().filter(|_| precision != Precision::ThirtyTwo);
    Ok(match (halves, Avx512::detect(), Avx2::detect()) {
        (Some(kernel), ..) => {
            Some(Crew::boxed(Weights::read(widening, kernel, shape, precision, tensors)?, threads))
        }
        (_, Some(kernel), _) => {
            Some(Crew::boxed(Weights::read(widening, kernel, shape, precision, tensors)?, threads))
        }
        (_, _, Some(kernel)) => {
            Some(Crew::boxed(Weights::read(widening, kernel, shape, precision, tensors)?, threads))
        }
        _ => None,
    })
}

/// What all threads are to do next.
#[derive(Debug, Clone)]
enum Order {
    Listen,
    Write { tokens: Vec<u32>, past: usize },
}

/// What the threads have in common.
struct Common {
    board: Board,
    order: Mutex<Order>,
    found: RwLock<Vec<f32>>,
}

/// The thread that asks, with its own share of the work, and those that help.
struct Crew<K: Kernel> {
    weights: Arc<Weights<K>>,
    common: Arc<Common>,
    own: Share<K>,
    turn: usize,
    helpers: Vec<JoinHandle<()>>,
}

impl<K: Kernel> Crew<K> {
    fn boxed(weights: Weights<K>, threads: NonZeroUsize) -> Box<dyn Work> {
        Box::new(Self::new(Arc::new(weights), threads))
    }

    fn new(weights: Arc<Weights<K>>, threads: NonZeroUsize) -> Self {
        // More than one for each head would have nothing to attend to.
        let threads = threads.get().min(weights.shape.width / HEAD);
        let common = Arc::new(Common {
            board: Board::new(threads),
            order: Mutex::new(Order::Listen),
            found: RwLock::default(),
        });
        let share = |thread| {
            let place = Place { board: &common.board, thread, turn: 0 };
            let heads = place.share(weights.shape.width, HEAD).len() / HEAD;
            Share::new(Arc::clone(&weights), heads)
        };
        let helpers = (1..threads)
            .map(|thread| {
                let (common, share) = (Arc::clone(&common), share(thread));
                thread::spawn(move || help(&common, share, thread))
            })
            .collect();
        Self { own: share(0), common, turn: 0, helpers, weights }
    }

    fn end(&mut self) {
        self.common.board.close();
        for helper in self.helpers.drain(..) {
            // It has told of its panic.
            let _ = helper.join();
        }
    }

    /// Has all threads do the same, and does this one's share.
    fn order(&mut self, order: &Order) -> Result<(), Closed> {
        *self.common.order.lock().unwrap_or_else(PoisonError::into_inner) = order.clone();
        self.common.board.meet()?;
        let mut place = Place { board: &self.common.board, thread: 0, turn: self.turn };
        let done = obey(order, &self.common, &mut self.own, &mut place);
        self.turn = place.turn;
        done
    }
}

impl<K: Kernel> Work for Crew<K> {
    fn set_threads(&mut self, threads: NonZeroUsize) {
        self.end();
        *self = Self::new(Arc::clone(&self.weights), threads);
    }

    fn listen(&mut self, found: &[f32]) -> Result<(), Closed> {
        let mut kept = self.common.found.write().unwrap_or_else(PoisonError::into_inner);
        kept.clear();
        kept.extend_from_slice(found);
        drop(kept);
        self.order(&Order::Listen)
    }

    fn write(&mut self, tokens: &[u32], past: usize, logits: &mut [f32]) -> Result<(), Closed> {
        self.order(&Order::Write { tokens: tokens.to_vec(), past })?;
        let place = Place { board: &self.common.board, thread: 0, turn: self.turn };
        place.collect(1, LOGITS_UNIT, logits);
        Ok(())
    }
}

impl<K: Kernel> Drop for Crew<K> {
    fn drop(&mut self) {
        self.end();
    }
}

/// Does as is ordered until all are to end.
fn help<K: Kernel>(common: &Common, mut share: Share<K>, thread: usize) {
    let mut place = Place { board: &common.board, thread, turn: 0 };
    let work = || {
        while common.board.meet().is_ok() {
            let order = common.order.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if obey(&order, common, &mut share, &mut place).is_err() {
                return;
            }
        }
    };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        common.board.close();
        resume_unwind(panic);
    }
}

fn obey<K: Kernel>(
    order: &Order,
    common: &Common,
    share: &mut Share<K>,
    place: &mut Place<'_>,
) -> Result<(), Closed> {
    match order {
        Order::Listen => {
            let found = common.found.read().unwrap_or_else(PoisonError::into_inner);
            share.listen(place, &found);
            drop(found);
            common.board.meet()
        }
        Order::Write { tokens, past } => share.write(place, tokens, *past),
    }
}
