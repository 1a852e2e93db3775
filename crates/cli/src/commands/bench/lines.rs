//! Result of `watchme bench`, as lines of text.

use super::body::BenchBody;
use crate::commands::counted;

/// Returns a line for each figure.
pub(super) fn of(body: &BenchBody) -> Vec<String> {
    let processor = match body.processor.as_str() {
        "" => "unknown",
        name => name,
    };
    let cores = counted(body.cores, "core");
    let stages = match (body.rtf_encoder, body.rtf_decoder) {
        (Some(encoder), Some(decoder)) => {
            format!(": {encoder:.4} encoder, {decoder:.4} decoder")
        }
        _ => String::new(),
    };
    let runs: Vec<String> = body.runs.iter().map(|rtf| format!("{rtf:.4}")).collect();
    let day = &body.day_of_speech;
    let cost = match day.cost {
        Some(cost) => format!("{cost:.4} {} for these hours", day.currency),
        None => "not known: set `WATCHME_HOURLY_PRICE`".to_owned(),
    };
    let figures = [
        ("processor", format!("{processor}, {cores}, {}", body.architecture)),
        ("kernel", body.kernel.clone()),
        ("threads", body.threads.to_string()),
        ("model", format!("{}, precision {}", body.model, body.precision)),
        ("audio", format!("{:.1} s, {:.1} s of speech", body.audio_seconds, body.speech_seconds)),
        ("real time factor", format!("{:.4}{stages}", body.rtf)),
        (
            "beside the model",
            format!("{:.4} audio, {:.4} voice detection", body.rtf_audio, body.rtf_voice),
        ),
        ("runs", runs.join(", ")),
        ("a day of speech", format!("24 h take {}", hours(day.work_seconds))),
        ("cost", cost),
    ];
    figures.into_iter().map(|(name, figure)| format!("{name:<16}  {figure}")).collect()
}

/// Summarises a benchmark in one line.
pub(super) fn summary(body: &BenchBody) -> String {
    let date = body.at.split('T').next().unwrap_or_default();
    format!(
        "{:.4} of real time with `{}` on {}: 24 h of speech take {}; measured {date}",
        body.rtf,
        body.model,
        counted(body.threads, "thread"),
        hours(body.day_of_speech.work_seconds)
    )
}

fn hours(seconds: f64) -> String {
    format!("{:.2} h", seconds / 3600.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::bench::body::DayBody;

    fn body() -> BenchBody {
        BenchBody {
            at: "2026-07-18T03:00:00Z".to_owned(),
            version: "0.1.0".to_owned(),
            processor: "AMD EPYC 9R14".to_owned(),
            architecture: "x86_64".to_owned(),
            cores: 2,
            kernel: "avx512-bf16".to_owned(),
            threads: 2,
            model: "base".to_owned(),
            precision: "fast".to_owned(),
            audio_seconds: 60.0,
            speech_seconds: 47.25,
            passes: 2,
            runs: vec![0.03, 0.025, 0.04],
            rtf: 0.03,
            rtf_encoder: Some(0.0125),
            rtf_decoder: Some(0.0165),
            rtf_audio: 0.002,
            rtf_voice: 0.001,
            day_of_speech: DayBody {
                work_seconds: 2592.0,
                cost: Some(0.02995),
                currency: "USD".to_owned(),
            },
        }
    }

    #[test]
    fn each_figure_has_its_line() {
        assert_eq!(
            of(&body()),
            [
                "processor         AMD EPYC 9R14, 2 cores, x86_64",
                "kernel            avx512-bf16",
                "threads           2",
                "model             base, precision fast",
                "audio             60.0 s, 47.2 s of speech",
                "real time factor  0.0300: 0.0125 encoder, 0.0165 decoder",
                "beside the model  0.0020 audio, 0.0010 voice detection",
                "runs              0.0300, 0.0250, 0.0400",
                "a day of speech   24 h take 0.72 h",
                "cost              0.0300 USD for these hours",
            ]
        );
        assert_eq!(
            summary(&body()),
            "0.0300 of real time with `base` on 2 threads: 24 h of speech take 0.72 h; measured 2026-07-18"
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let mut unknown = BenchBody { rtf_encoder: None, rtf_decoder: None, ..body() };
        unknown.processor = String::new();
        unknown.day_of_speech.cost = None;
        let shown = of(&unknown);
        assert_eq!(shown[0], "processor         unknown, 2 cores, x86_64");
        assert_eq!(shown[5], "real time factor  0.0300");
        assert_eq!(shown[9], "cost              not known: set `WATCHME_HOURLY_PRICE`");
    }
}
