//! Costs of a month.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::Month;
use watchme_core::rules::{Costs, RtfRanks};

/// Costs of a local month, over all devices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "month": "2025-07", "recordings": 1488, "audio_seconds": 89_280.0, "speech_seconds": 13_400.0,
    "work_seconds": 2_700.0, "cpu_seconds": 5_200.0, "rtf": { "p50": 0.021, "p95": 0.093 },
    "hourly_price": 0.0416, "currency": "USD", "cost": 0.0312, "cost_per_audio_hour": 0.001_258,
    "unknown": 0
}))]
pub struct CostsBody {
    /// The local month.
    pub month: String,
    /// Number of transcribed recordings.
    pub recordings: u64,
    /// Length of the recordings.
    pub audio_seconds: f64,
    /// Length of the speech that the model was given.
    pub speech_seconds: f64,
    /// Time that transcribing took.
    pub work_seconds: f64,
    /// CPU time that transcribing took.
    pub cpu_seconds: f64,
    /// Real-time factors: time that transcribing took, divided by the recording's length; `null` if
    /// unknown for all recordings.
    #[schema(required)]
    pub rtf: Option<RtfBody>,
    /// Price of an hour of the machine; `null` if not set.
    #[schema(required)]
    pub hourly_price: Option<f64>,
    /// Currency of the price, ISO 4217.
    pub currency: String,
    /// Price of `work_seconds`; `null` without a price.
    #[schema(required)]
    pub cost: Option<f64>,
    /// Price of an hour of audio, over recordings with known working time; `null` without a price or
    /// without such recordings.
    #[schema(required)]
    pub cost_per_audio_hour: Option<f64>,
    /// Number of recordings without known working time.
    pub unknown: u64,
}

/// Percentiles of real-time factors, by nearest rank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RtfBody {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
}

impl CostsBody {
    /// Builds the body for a month, with the price of an hour of the machine.
    #[must_use]
    pub fn new(month: Month, costs: &Costs, hourly_price: Option<f64>, currency: &str) -> Self {
        let cost_of_hour = hourly_price.and_then(|price| costs.of_audio_hour_at(price));
        Self {
            month: month.to_string(),
            recordings: costs.recordings,
            audio_seconds: seconds(costs.audio),
            speech_seconds: seconds(costs.speech),
            work_seconds: seconds(costs.work),
            cpu_seconds: seconds(costs.cpu),
            rtf: costs.rtf.map(|RtfRanks { p50, p95 }| RtfBody { p50, p95 }),
            hourly_price,
            currency: currency.to_owned(),
            cost: hourly_price.map(|price| money(costs.at(price))),
            cost_per_audio_hour: cost_of_hour.map(money),
            unknown: costs.unknown,
        }
    }
}

/// Rounds to millionths: the rest is floating-point noise.
fn money(amount: f64) -> f64 {
    (amount * 1e6).round() / 1e6
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
