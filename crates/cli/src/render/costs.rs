//! Costs of a month.

use watchme_wire::CostsBody;

/// Returns a line for each figure.
pub(crate) fn of_month(costs: &CostsBody) -> Vec<String> {
    let recordings = match costs.unknown {
        0 => costs.recordings.to_string(),
        unknown => format!("{}, of {unknown} it is not known what they took", costs.recordings),
    };
    let rtf = match &costs.rtf {
        None => "not known".to_owned(),
        Some(rtf) => format!("{:.3} at the median, {:.3} at 95 %", rtf.p50, rtf.p95),
    };
    let money = |amount: Option<f64>| match amount {
        None => "not known: set `WATCHME_HOURLY_PRICE`".to_owned(),
        Some(amount) => format!("{amount:.4} {}", costs.currency),
    };
    // If a price is set, only the hours of audio can be missing.
    let of_hour = match (costs.hourly_price, costs.cost_per_audio_hour) {
        (Some(_), None) => "not known".to_owned(),
        (_, amount) => money(amount),
    };
    let figures = [
        ("month", costs.month.clone()),
        ("recordings", recordings),
        ("audio", hours(costs.audio_seconds)),
        ("speech", hours(costs.speech_seconds)),
        ("work", hours(costs.work_seconds)),
        ("processor", hours(costs.cpu_seconds)),
        ("real time factor", rtf),
        ("price of an hour", money(costs.hourly_price)),
        ("cost", money(costs.cost)),
        ("an hour of audio", of_hour),
    ];
    figures.into_iter().map(|(name, figure)| format!("{name:<16}  {figure}")).collect()
}

fn hours(seconds: f64) -> String {
    format!("{:.2} h", seconds / 3600.0)
}

#[cfg(test)]
mod tests {
    use watchme_wire::RtfBody;

    use super::*;

    fn costs() -> CostsBody {
        CostsBody {
            month: "2025-07".to_owned(),
            recordings: 1488,
            audio_seconds: 89_280.0,
            speech_seconds: 13_392.0,
            work_seconds: 2_700.0,
            cpu_seconds: 5_220.0,
            rtf: Some(RtfBody { p50: 0.0214, p95: 0.093 }),
            hourly_price: Some(0.0416),
            currency: "USD".to_owned(),
            cost: Some(0.0312),
            cost_per_audio_hour: Some(0.001_258),
            unknown: 12,
        }
    }

    #[test]
    fn each_figure_has_its_line() {
        assert_eq!(
            of_month(&costs()),
            [
                "month             2025-07",
                "recordings        1488, of 12 it is not known what they took",
                "audio             24.80 h",
                "speech            3.72 h",
                "work              0.75 h",
                "processor         1.45 h",
                "real time factor  0.021 at the median, 0.093 at 95 %",
                "price of an hour  0.0416 USD",
                "cost              0.0312 USD",
                "an hour of audio  0.0013 USD",
            ]
        );
    }

    #[test]
    fn what_is_not_known_says_so() {
        let empty = CostsBody {
            rtf: None,
            hourly_price: None,
            cost: None,
            cost_per_audio_hour: None,
            unknown: 0,
            ..costs()
        };
        let lines = of_month(&empty);
        assert_eq!(lines[1], "recordings        1488");
        assert_eq!(lines[6], "real time factor  not known");
        for line in &lines[7..] {
            assert!(line.ends_with("not known: set `WATCHME_HOURLY_PRICE`"), "{line}");
        }
        let nothing = CostsBody { cost_per_audio_hour: None, ..costs() };
        assert_eq!(of_month(&nothing)[9], "an hour of audio  not known");
    }
}
