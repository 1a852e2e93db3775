//! `GET /v1/health/history`: health of the service during the last 24 hours.

use axum::Json;
use axum::extract::State;
use watchme_wire::{HealthBucketBody, HealthHistoryBody, MemoryBody, QueueBody};

use crate::Service;
use crate::metrics::{STEP_SECONDS, Step};
use crate::response::render::time;

/// Get the health of the last 24 hours
///
/// Throughput, memory and backlog for every five minutes of the last 24 hours, and the current
/// values. They belong to this process: a restart clears them.
#[utoipa::path(
    get,
    path = "/v1/health/history",
    tag = "health_history",
    responses((status = 200, description = "The figures", body = HealthHistoryBody))
)]
pub(crate) async fn health_history(State(service): State<Service>) -> Json<HealthHistoryBody> {
    let sample = service.metrics.sample().await;
    let (settings, load) = (&service.settings, service.runner.load());
    Json(HealthHistoryBody {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: time(service.started_at),
        model: settings.options.model.to_string(),
        models: settings.models.iter().map(ToString::to_string).collect(),
        threads: settings.threads.get(),
        memory: MemoryBody {
            resident_bytes: sample.memory.resident_bytes,
            limit_bytes: [sample.memory.limit_bytes, settings.memory_limit_bytes]
                .into_iter()
                .flatten()
                .min(),
        },
        queue: QueueBody { waiting: load.waiting, running: load.running },
        backlog: sample.backlog,
        oldest_pending: sample.oldest_pending.map(time),
        bucket_seconds: STEP_SECONDS.unsigned_abs(),
        buckets: sample.steps.iter().map(bucket).collect(),
    })
}

fn bucket(step: &Step) -> HealthBucketBody {
    HealthBucketBody {
        at: time(step.at),
        recordings: step.recordings,
        failed: step.failed,
        audio_seconds: step.audio.as_secs_f64(),
        speech_seconds: step.speech.as_secs_f64(),
        work_seconds: step.work.as_secs_f64(),
        backlog: step.backlog,
        resident_bytes: step.resident_bytes,
    }
}
