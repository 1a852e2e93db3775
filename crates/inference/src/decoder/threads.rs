//! The threads of a decoder, and the commands that they run together.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};

use super::Network;
use super::shard::{LOGITS_UNIT, Rows, Shard};
use super::team::{Closed, Member, Team};
use super::weights::Weights;
use crate::kernel::{AttentionKernel, RowKernel};
use crate::shape::HEAD;

/// The calling thread, with a shard of its own, and its helpers.
pub(super) struct Threads<K: AttentionKernel, R: RowKernel> {
    weights: Arc<Weights<K, R>>,
    common: Arc<Common>,
    own: Shard<K, R>,
    turn: usize,
    helpers: Vec<JoinHandle<()>>,
}

/// State that all threads see.
struct Common {
    team: Team,
    command: Mutex<Command>,
    encoder_output: RwLock<Vec<f32>>,
}

/// Work that all threads do next, each on its shard.
#[derive(Debug, Clone)]
enum Command {
    SetAudio,
    Forward { tokens: Vec<u32>, past: usize },
    ForwardBeam { tokens: Vec<u32>, parents: Vec<usize>, past: usize },
}

impl<K: AttentionKernel, R: RowKernel> Threads<K, R> {
    pub(super) fn new(weights: Weights<K, R>, threads: NonZeroUsize) -> Self {
        Self::start(Arc::new(weights), threads)
    }

    fn start(weights: Arc<Weights<K, R>>, threads: NonZeroUsize) -> Self {
        // With more than one for each head, some would have nothing to attend to.
        let threads = threads.get().min(weights.shape.width / HEAD);
        let common = Arc::new(Common {
            team: Team::new(threads),
            command: Mutex::new(Command::SetAudio),
            encoder_output: RwLock::default(),
        });
        let shard = |thread| {
            let member = Member { team: &common.team, thread, turn: 0 };
            let heads = member.share(weights.shape.width, HEAD).len() / HEAD;
            Shard::new(Arc::clone(&weights), heads)
        };
        let helpers = (1..threads)
            .map(|thread| {
                let (common, shard) = (Arc::clone(&common), shard(thread));
                thread::spawn(move || help(&common, shard, thread))
            })
            .collect();
        Self { own: shard(0), common, turn: 0, helpers, weights }
    }

    fn stop(&mut self) {
        self.common.team.close();
        for helper in self.helpers.drain(..) {
            // Its panic was reported when it happened.
            let _ = helper.join();
        }
    }

    /// Has all threads run the same command, this one included.
    fn run_everywhere(&mut self, command: &Command) -> Result<(), Closed> {
        *self.common.command.lock().unwrap_or_else(PoisonError::into_inner) = command.clone();
        self.common.team.wait()?;
        let mut member = Member { team: &self.common.team, thread: 0, turn: self.turn };
        let done = run(command, &self.common, &mut self.own, &mut member);
        self.turn = member.turn;
        done
    }
}

impl<K: AttentionKernel, R: RowKernel> Network for Threads<K, R> {
    fn set_threads(&mut self, threads: NonZeroUsize) {
        self.stop();
        *self = Self::start(Arc::clone(&self.weights), threads);
    }

    fn set_audio(&mut self, encoder_output: &[f32]) -> Result<(), Closed> {
        let mut kept = self.common.encoder_output.write().unwrap_or_else(PoisonError::into_inner);
        kept.clear();
        kept.extend_from_slice(encoder_output);
        drop(kept);
        self.run_everywhere(&Command::SetAudio)
    }

    fn forward(&mut self, tokens: &[u32], past: usize, logits: &mut [f32]) -> Result<(), Closed> {
        self.run_everywhere(&Command::Forward { tokens: tokens.to_vec(), past })?;
        let member = Member { team: &self.common.team, thread: 0, turn: self.turn };
        member.gather(1, LOGITS_UNIT, logits);
        Ok(())
    }

    fn forward_beam(
        &mut self,
        tokens: &[u32],
        parents: &[usize],
        past: usize,
        logits: &mut [f32],
    ) -> Result<(), Closed> {
        let (tokens, parents) = (tokens.to_vec(), parents.to_vec());
        let rows = tokens.len();
        self.run_everywhere(&Command::ForwardBeam { tokens, parents, past })?;
        let member = Member { team: &self.common.team, thread: 0, turn: self.turn };
        member.gather(rows, LOGITS_UNIT, logits);
        Ok(())
    }
}

impl<K: AttentionKernel, R: RowKernel> Drop for Threads<K, R> {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs commands until the team is closed.
fn help<K: AttentionKernel, R: RowKernel>(common: &Common, mut shard: Shard<K, R>, thread: usize) {
    let mut member = Member { team: &common.team, thread, turn: 0 };
    let work = || {
        while common.team.wait().is_ok() {
            let command = common.command.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if run(&command, common, &mut shard, &mut member).is_err() {
                return;
            }
        }
    };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
        common.team.close();
        resume_unwind(panic);
    }
}

fn run<K: AttentionKernel, R: RowKernel>(
    command: &Command,
    common: &Common,
    shard: &mut Shard<K, R>,
    member: &mut Member<'_>,
) -> Result<(), Closed> {
    match command {
        Command::SetAudio => {
            let output = common.encoder_output.read().unwrap_or_else(PoisonError::into_inner);
            shard.set_audio(member, &output);
            drop(output);
            common.team.wait()
        }
        Command::Forward { tokens, past } => {
            shard.forward(member, tokens, Rows::Sequence { past: *past })
        }
        Command::ForwardBeam { tokens, parents, past } => {
            shard.branch(parents, *past);
            shard.forward(member, tokens, Rows::Beam { past: *past })
        }
    }
}
