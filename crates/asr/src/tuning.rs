//! Chooses the number of threads: a fixed one, or the fastest on this machine.

mod machine;
mod remembered;
mod trial;

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use self::machine::Machine;
use self::trial::Trial;
use crate::measurement::Processor;
use crate::models::VerifiedModel;

/// Returns the processor that this process may use. Blocking, quick.
#[must_use]
pub fn processor() -> Processor {
    Machine::here().into()
}

/// The way to choose the number of threads.
#[derive(Debug, Clone)]
pub(crate) struct Tuning {
    set: Option<NonZeroUsize>,
    /// File that remembers the fastest numbers.
    file: Option<PathBuf>,
}

/// A number of threads, and the reason for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Threads {
    pub(crate) count: NonZeroUsize,
    pub(crate) reason: Reason,
}

/// Reason for a number of threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Set by somebody.
    Set,
    /// All that this process may use at once; nothing was compared.
    AllCores,
    /// The fastest of these: each number with the time of one run of the encoder.
    Measured(Vec<(NonZeroUsize, Duration)>),
}

impl Tuning {
    /// Uses `set` threads (at most one for each core: more would only wait for each other), or else the
    /// fastest number, remembered in `file`. Without a file nothing is compared.
    pub(crate) fn new(set: Option<NonZeroUsize>, file: Option<PathBuf>) -> Self {
        Self { set, file }
    }

    /// Returns the number that is known without computing anything. Blocking, quick.
    pub(crate) fn known(&self, model: &VerifiedModel) -> Threads {
        let machine = Machine::here();
        match (self.set, &self.file) {
            (Some(set), _) => Threads { count: set.min(machine.cores), reason: Reason::Set },
            (None, Some(file)) => remembered::find(file, &machine.digest(model))
                .unwrap_or_else(|| Threads::all_of(&machine)),
            (None, None) => Threads::all_of(&machine),
        }
    }

    /// Returns the number that is known, or else finds the fastest: `encode` runs the encoder once on a
    /// number of threads and returns the time that took. Blocking: about two seconds at most, once for
    /// each model and machine.
    pub(crate) fn find(
        &self,
        model: &VerifiedModel,
        encode: impl FnMut(NonZeroUsize) -> Option<Duration>,
    ) -> Threads {
        let known = self.known(model);
        let (Reason::AllCores, Some(file)) = (&known.reason, &self.file) else { return known };
        let machine = Machine::here();
        let trial = Trial::new(machine.candidates(), model.architecture);
        let started = Instant::now();
        let Some(measured) = trial.run(encode, || started.elapsed()) else {
            return known;
        };
        let count = trial::fastest(&measured, machine.cores);
        for (threads, took) in &measured {
            tracing::info!(threads = threads.get(), seconds = took.as_secs_f32(), "encoder timed");
        }
        let found = Threads { count, reason: Reason::Measured(measured) };
        if let Err(error) = remembered::keep(file, machine.digest(model), &found) {
            tracing::info!(
                %error,
                file = %file.display(),
                "the fastest number of threads cannot be saved and is measured again next time"
            );
        }
        found
    }
}

impl Threads {
    fn all_of(machine: &Machine) -> Self {
        Self { count: machine.cores, reason: Reason::AllCores }
    }
}

impl fmt::Display for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.count.get() == 1 { "thread" } else { "threads" };
        write!(f, "{} {unit}", self.count)?;
        match &self.reason {
            Reason::Set => write!(f, ", as set"),
            Reason::AllCores => write!(f, ", all cores"),
            Reason::Measured(measured) => {
                write!(f, ", the fastest here (")?;
                for (at, (threads, took)) in measured.iter().enumerate() {
                    let separator = if at == 0 { "" } else { ", " };
                    write!(f, "{separator}{threads}: {} ms", took.as_millis())?;
                }
                write!(f, ")")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::models::{ModelLibrary, ModelOrigin};

    fn count(threads: usize) -> NonZeroUsize {
        NonZeroUsize::new(threads).unwrap()
    }

    fn model() -> VerifiedModel {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let file = models.join("ggml-synth-tiny.bin");
        ModelLibrary::new(models, None).verify(&ModelOrigin::File(file)).unwrap()
    }

    fn never(_threads: NonZeroUsize) -> Option<Duration> {
        panic!("nothing is to be compared")
    }

    #[test]
    fn a_set_number_is_used_and_without_a_file_all_cores_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = Some(folder.path().join("threads.json"));
        let set = |count| Tuning::new(Some(count), file.clone()).find(&model(), never);
        let one = set(count(1));
        assert_eq!((one.count, one.to_string().as_str()), (count(1), "1 thread, as set"));
        assert_eq!(set(NonZeroUsize::MAX).count, std::thread::available_parallelism().unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let all = Tuning::new(None, None).find(&model(), never);
        assert_eq!(all.count, std::thread::available_parallelism().unwrap());
        assert!(all.to_string().ends_with(", all cores"));
    }

    #[test]
    fn a_number_that_was_found_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let tuning = Tuning::new(None, Some(folder.path().join("data/threads.json")));
        let all = std::thread::available_parallelism().unwrap();
        if all.get() == 1 {
            assert_eq!(tuning.find(&model(), never).reason, Reason::AllCores);
            return;
        }
        assert_eq!(tuning.known(&model()).reason, Reason::AllCores);
        // Here one thread is the fastest.
        let found =
            tuning.find(&model(), |threads| Some(Duration::from_millis(threads.get() as u64)));
        assert_eq!(found.count, count(1));
        assert!(found.to_string().starts_with("1 thread, the fastest here ("), "{found}");
        assert_eq!(tuning.known(&model()), found);
        assert_eq!(tuning.find(&model(), never), found);
        let mut other = model();
        other.size_bytes += 1;
        assert_eq!(tuning.known(&other).reason, Reason::AllCores);
    }

    #[test]
    fn a_failed_trial_changes_nothing_and_is_not_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let tuning = Tuning::new(None, Some(folder.path().join("threads.json")));
        assert_eq!(tuning.find(&model(), |_| None).reason, Reason::AllCores);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
