//! What the recordings of a month took and cost.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use watchme_core::Month;
use watchme_core::rules::{Costs, RtfRanks};

/// What the recordings of a local month took, of all devices.
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
    /// How many recordings were transcribed of it.
    pub recordings: u64,
    /// How long they are.
    pub audio_seconds: f64,
    /// How much of that the model was given.
    pub speech_seconds: f64,
    /// How long transcribing took.
    pub work_seconds: f64,
    /// How much processor time that took.
    pub cpu_seconds: f64,
    /// How long transcribing took as a share of each recording's length; `null` where that is
    /// known of none.
    #[schema(required)]
    pub rtf: Option<RtfBody>,
    /// The price of the machine for an hour; `null` where it is not set.
    #[schema(required)]
    pub hourly_price: Option<f64>,
    /// The currency of the price, ISO 4217.
    pub currency: String,
    /// The price of `work_seconds`; `null` without a price.
    #[schema(required)]
    pub cost: Option<f64>,
    /// The same for an hour of the audio that `work_seconds` are known of; `null` without a price
    /// or such audio.
    #[schema(required)]
    pub cost_per_audio_hour: Option<f64>,
    /// Of how many recordings it is not known what they took.
    pub unknown: u64,
}

/// Ranks of real time factors, by nearest rank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RtfBody {
    /// Half of the recordings took no more.
    pub p50: f64,
    /// All but a twentieth took no more.
    pub p95: f64,
}

impl CostsBody {
    /// The body for a month, on a machine of this price for an hour.
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

/// To a millionth: what lies behind is noise of the arithmetic.
fn money(amount: f64) -> f64 {
    (amount * 1e6).round() / 1e6
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
