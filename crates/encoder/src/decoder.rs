//! The whole decoder.

mod crew;
mod memory;
mod share;
mod weights;

use std::fmt;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};

use self::crew::{Board, Closed, Place};
use self::share::{LOGITS_UNIT, Share};
use self::weights::Weights;
use crate::attention::HEAD;
use crate::block::INNER;
use crate::kernel::x86_rows::Widening;
use crate::kernel::{
    Kernel,
    x86::{Avx2, Avx512, Bf16},
};
use crate::model::{Precision, WrongLength, expect_length};
use crate::network::POSITIONS;

/// Tokens that every Whisper model holds.
const TEXT: usize = 448;

/// Gives the numbers of a tensor, by its name in Whisper's own files, in pieces of whole blocks of 32.
pub type Tensors<'a, E> = dyn FnMut(&str, &mut dyn FnMut(&[f32])) -> Result<(), E> + 'a;

/// What tells one decoder from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// How wide its layers are: a multiple of 64.
    pub width: usize,
    /// How many layers it has.
    pub layers: usize,
    /// How many tokens it knows.
    pub vocabulary: usize,
}

impl Shape {
    /// How many numbers the tensor of that name has, if it has one.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Option<usize> {
        let Self { width, layers, vocabulary } = *self;
        let name = name.strip_prefix("decoder.")?;
        let part = match name.strip_prefix("blocks.") {
            None => name,
            Some(block) => {
                let (layer, part) = block.split_once('.')?;
                (layer.parse::<usize>().ok()? < layers).then_some(part)?
            }
        };
        Some(match part {
            "token_embedding.weight" => vocabulary * width,
            "positional_embedding" => TEXT * width,
            "mlp.0.weight" | "mlp.2.weight" => width * width * INNER,
            "mlp.0.bias" => width * INNER,
            _ if part.contains("attn.") && part.ends_with("weight") => width * width,
            _ => width,
        })
    }
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// A token that it does not know, or more tokens than it holds.
    Tokens,
    /// A thread has panicked. The decoder is of no use any more.
    Panicked,
}

/// The decoder of a Whisper model, on threads of its own.
pub struct Decoder {
    shape: Shape,
    crew: Box<dyn Work>,
    logits: Vec<f32>,
}

impl Decoder {
    /// Lays out the weights that `tensors` gives. `None` where this processor has nothing that is worth
    /// it. Weights stay in 16 bits, or 8 with [`Precision::Eight`]; all else is computed in 32, but the
    /// keys and values of the audio, as precisely as asked.
    pub fn new<E: From<WrongLength> + 'static>(
        shape: Shape,
        precision: Precision,
        threads: NonZeroUsize,
        tensors: &mut Tensors<'_, E>,
    ) -> Result<Option<Self>, E> {
        let Some(crew) = best(shape, precision, threads, tensors)? else { return Ok(None) };
        Ok(Some(Self { shape, crew, logits: vec![0.0; shape.vocabulary] }))
    }

    /// How many bytes one of this shape takes at most. `None` where [`Decoder::new`] makes none.
    #[must_use]
    pub fn need_bytes(shape: Shape, precision: Precision) -> Option<u64> {
        Widening::detect()?;
        let Shape { width, layers, vocabulary } = shape;
        let audio = layers * 2 * width * width;
        let weights = vocabulary * width + layers * (6 + 2 * INNER) * width * width;
        let weight_bytes = match precision {
            // A scale of 4 bytes for each 32.
            Precision::Eight => weights + weights / 8 + audio * 2,
            Precision::Sixteen => weights * 2 + audio * 2,
            Precision::ThirtyTwo => weights * 2 + audio * 4,
        };
        let memories = layers * 2 * (POSITIONS + TEXT) * width * 2;
        let rest = (POSITIONS + TEXT) * width * 4 + 2 * vocabulary * 4;
        u64::try_from(weight_bytes + memories + rest).ok()
    }

    /// Computes on so many threads from now on. What was heard and written is forgotten.
    pub fn set_threads(&mut self, threads: NonZeroUsize) {
        self.crew.set_threads(threads);
    }

    /// Hears what the encoder has found, 1500 rows as wide as the model; what was written before is
    /// forgotten.
    pub fn listen(&mut self, found: &[f32]) -> Result<(), DecodeError> {
        expect_length("rows", self.shape.width * POSITIONS, found.len()).map_err(|_| DecodeError::Tokens)?;
        self.crew.listen(found).map_err(|Closed| DecodeError::Panicked)
    }

    /// The logits of what comes after `tokens`, which come after `past` others that were written since it
    /// listened.
    pub fn write(&mut self, tokens: &[u32], past: usize) -> Result<&[f32], DecodeError> {
        let are_known = tokens.iter().all(|&token| (token as usize) < self.shape.vocabulary);
        if tokens.is_empty() || !are_known || past.saturating_add(tokens.len()) > TEXT {
            return Err(DecodeError::Tokens);
        }
        let written = self.crew.write(tokens, past, &mut self.logits);
        written.map_err(|Closed| DecodeError::Panicked)?;
        Ok(&self.logits)
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("shape", &self.shape).finish_non_exhaustive()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tokens => "the decoder holds no such tokens",
            Self::Panicked => "a thread of the decoder has panicked",
        })
    }
}

impl std::error::Error for DecodeError {}

/// A decoder whatever its kernel.
trait Work: Send {
    fn set_threads(&mut self, threads: NonZeroUsize);
    fn listen(&mut self, found: &[f32]) -> Result<(), Closed>;
    fn write(&mut self, tokens: &[u32], past: usize, logits: &mut [f32]) -> Result<(), Closed>;
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

fn best<E: From<WrongLength> + 'static>(
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
    fn order(&mut self, order: Order) -> Result<(), Closed> {
        *self.common.order.lock().unwrap_or_else(PoisonError::into_inner) = order.clone();
        self.common.board.meet()?;
        let mut place = Place { board: &self.common.board, thread: 0, turn: self.turn };
        let done = obey(&order, &self.common, &mut self.own, &mut place);
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
        self.order(Order::Listen)
    }

    fn write(&mut self, tokens: &[u32], past: usize, logits: &mut [f32]) -> Result<(), Closed> {
        self.order(Order::Write { tokens: tokens.to_vec(), past })?;
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
