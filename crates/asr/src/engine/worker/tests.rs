//! The model is unloaded when nothing was to be transcribed for some time, and only then.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::sync::oneshot;
use watchme_core::FetchedAudio;

use super::*;
use crate::config::{Config, TimeLimit};
use crate::models::ModelLibrary;
use crate::precision::Precision;
use crate::tuning::Tuning;

const IDLE: Duration = Duration::from_mins(10);
const NEARLY: Duration = Duration::from_secs(599);
const SECOND: Duration = Duration::from_secs(1);

fn demo() -> ModelSpec {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    format!("demo={}", models.join("ggml-synth-tiny.bin").display()).parse().unwrap()
}

/// Returns a worker whose model is loaded, and that model as others see it.
fn worker(unload_after: Option<Duration>) -> (Worker, Arc<Mutex<Option<ResidentModel>>>) {
    let resident = Arc::default();
    let settings = Settings {
        library: ModelLibrary::new(PathBuf::new(), None),
        tuning: Tuning::new(Some(NonZeroUsize::MIN), None),
        precision: Precision::default(),
        memory_limit_bytes: None,
        time_limit: TimeLimit::default(),
        checkpoint_dir: None,
        unload_after,
    };
    let mut worker = Worker::new(settings, Arc::clone(&resident));
    worker.ensure_loaded(&demo()).unwrap();
    (worker, resident)
}

/// Makes a job that somebody waits for.
fn job() -> (Job, oneshot::Receiver<Answer>) {
    let (answer, answered) = oneshot::channel();
    let job = Job {
        audio: FetchedAudio::new(PathBuf::new(), 0, ()),
        model: demo(),
        language: Language::Auto,
        progress: Arc::new(()),
        cancelled: Arc::new(AtomicBool::new(false)),
        span: tracing::Span::none(),
        runtime: tokio::runtime::Handle::current(),
        answer,
    };
    (job, answered)
}

#[tokio::test(start_paused = true)]
async fn the_model_is_unloaded_once_there_was_no_work_for_so_long() {
    let (mut worker, resident) = worker(Some(IDLE));
    let (jobs, mut waiting) = mpsc::channel(1);
    let is_loaded = || resident.lock().unwrap().is_some();

    // A job that comes before that time finds it, and the time begins anew.
    for _ in 0..2 {
        let mut next = pin!(worker.next_job(&mut waiting));
        assert!(timeout(NEARLY, &mut next).await.is_err());
        let (job, _answered) = job();
        jobs.send(job).await.unwrap();
        assert!(next.await.is_some());
        assert!(is_loaded());
    }

    {
        let mut next = pin!(worker.next_job(&mut waiting));
        assert!(timeout(NEARLY, &mut next).await.is_err());
        assert!(is_loaded());
        assert!(timeout(SECOND * 2, &mut next).await.is_err());
        assert!(!is_loaded());
        // The next one is taken all the same, and loads it again.
        assert!(timeout(IDLE * 9, &mut next).await.is_err());
        let (job, _answered) = job();
        jobs.send(job).await.unwrap();
        assert!(next.await.is_some());
    }
    worker.ensure_loaded(&demo()).unwrap();
    assert!(is_loaded());
    drop(jobs);
    assert!(worker.next_job(&mut waiting).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_model_that_is_to_stay_stays() {
    let (mut worker, resident) = worker(None);
    let (_jobs, mut waiting) = mpsc::channel(1);
    assert!(timeout(IDLE * 99, worker.next_job(&mut waiting)).await.is_err());
    assert!(resident.lock().unwrap().is_some());
    let default = Config::new(vec![demo()], ModelLibrary::new(PathBuf::new(), None)).unload_after;
    assert_eq!(default, Some(IDLE));
}
