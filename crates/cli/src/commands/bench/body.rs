//! Result of `watchme bench`, as JSON.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use watchme_app::models::{Measurement, Precision, processor};
use watchme_app::{CostSettings, SpeechSettings};

/// Length of the day whose work and cost are printed, in seconds.
const DAY_SECONDS: f64 = 86_400.0;

/// Result of a benchmark. Real time factors are seconds of work for each second of audio.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BenchBody {
    pub(crate) at: String,
    pub(crate) version: String,
    pub(crate) processor: String,
    pub(crate) architecture: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) threads: usize,
    pub(crate) model: String,
    pub(crate) precision: String,
    pub(crate) audio_seconds: f64,
    pub(crate) speech_seconds: f64,
    pub(crate) passes: u32,
    /// Real time factor of each run.
    pub(crate) runs: Vec<f64>,
    /// Real time factor of the median run. The stages below belong to this run.
    pub(crate) rtf: f64,
    /// `null` if whisper.cpp computes the model, which does not report its stages.
    pub(crate) rtf_encoder: Option<f64>,
    /// Decoder and spectrogram.
    pub(crate) rtf_decoder: Option<f64>,
    /// Decoding the audio file, which overlaps with the model.
    pub(crate) rtf_audio: f64,
    /// Voice activity detection, which overlaps with the model.
    pub(crate) rtf_voice: f64,
    pub(crate) day_of_speech: DayBody,
}

/// Work and cost of 24 hours of speech without a pause, which is more than any real day has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct DayBody {
    pub(crate) work_seconds: f64,
    /// `null` without `WATCHME_HOURLY_PRICE`.
    pub(crate) cost: Option<f64>,
    pub(crate) currency: String,
}

impl BenchBody {
    /// Summarises the runs. `None` without any.
    pub(super) fn new(
        at: Timestamp,
        speech: &SpeechSettings,
        runs: &[Measurement],
        price: &CostSettings,
    ) -> Option<Self> {
        let mut sorted: Vec<&Measurement> = runs.iter().collect();
        sorted.sort_by_key(|run| run.times.total);
        let median = **sorted.get(runs.len().checked_sub(1)? / 2)?;
        let times = median.times;
        let audio_seconds = times.audio.as_secs_f64();
        let rtf = |time: Duration| time.as_secs_f64() / audio_seconds;
        let processor = processor();
        let work_seconds = rtf(times.total) * DAY_SECONDS;
        Some(Self {
            at: format!("{at:.0}"),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            processor: processor.name,
            architecture: std::env::consts::ARCH.to_owned(),
            cores: processor.cores.get(),
            kernel: median.kernel.to_owned(),
            threads: median.threads.get(),
            model: speech.options.model.to_string(),
            precision: name(speech.precision).to_owned(),
            audio_seconds,
            speech_seconds: times.voiced.as_secs_f64(),
            passes: times.passes,
            runs: runs.iter().map(|run| rtf(run.times.total)).collect(),
            rtf: rtf(times.total),
            rtf_encoder: times.encoder().map(rtf),
            rtf_decoder: times.decoder().map(rtf),
            rtf_audio: rtf(times.audio_decoding),
            rtf_voice: rtf(times.speech_detection),
            day_of_speech: DayBody {
                work_seconds,
                cost: price.hourly_price.map(|price| price * work_seconds / 3600.0),
                currency: price.currency.clone(),
            },
        })
    }
}

/// The value of `WATCHME_PRECISION`.
fn name(precision: Precision) -> &'static str {
    match precision {
        Precision::Fast => "fast",
        Precision::Exact => "exact",
    }
}
