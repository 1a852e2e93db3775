//! The costs of recordings.

use std::sync::Arc;
use std::time::Duration;

use watchme_core::rules::{Costs, RtfRanks, Tally, nearest_rank, real_time_factor};
use watchme_core::{Effort, LedgerError, Measured};
use watchme_testkit::sample;

use crate::Bench;

fn effort(wall: u64) -> Effort {
    Effort { wall: Duration::from_secs(wall), cpu: Duration::from_secs(wall * 2) }
}

fn measured(audio: u64, effort: Option<Effort>) -> Measured {
    Measured {
        object_key: sample::object_key("a.wav"),
        audio: Duration::from_secs(audio),
        speech: Duration::from_secs(audio / 2),
        effort,
    }
}

fn tallied(all: &[Measured]) -> Costs {
    let mut tally = Tally::default();
    for measured in all {
        tally.add(measured);
    }
    tally.finish()
}

#[test]
fn a_rank_is_one_of_the_values() {
    let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
    let twenty: Vec<f64> = (1..=20).map(f64::from).collect();
    for (sorted, percent, expected) in [
        ([].as_slice(), 50, None),
        (&[7.0], 0, Some(7.0)),
        (&[7.0], 50, Some(7.0)),
        (&[7.0], 100, Some(7.0)),
        (&[1.0, 2.0], 50, Some(1.0)),
        (&[1.0, 2.0], 51, Some(2.0)),
        (&[1.0, 2.0, 3.0], 50, Some(2.0)),
        // The table from the usual description of the method.
        (&[15.0, 20.0, 35.0, 40.0, 50.0], 5, Some(15.0)),
        (&[15.0, 20.0, 35.0, 40.0, 50.0], 30, Some(20.0)),
        (&[15.0, 20.0, 35.0, 40.0, 50.0], 40, Some(20.0)),
        (&[15.0, 20.0, 35.0, 40.0, 50.0], 50, Some(35.0)),
        (&[15.0, 20.0, 35.0, 40.0, 50.0], 100, Some(50.0)),
        (&hundred, 50, Some(50.0)),
        (&hundred, 95, Some(95.0)),
        (&twenty, 95, Some(19.0)),
        (&twenty, 255, Some(20.0)),
    ] {
        assert_eq!(nearest_rank(sorted, percent), expected, "{percent} % of {sorted:?}");
    }
}

#[test]
fn recordings_add_up_and_what_is_not_known_of_some_is_not_guessed() {
    assert_eq!(tallied(&[]), Costs::default());
    let costs = tallied(&[
        measured(60, Some(effort(12))),
        measured(60, Some(effort(3))),
        // One without a length has no factor.
        measured(0, Some(effort(1))),
        measured(100, None),
    ]);
    let seconds = Duration::from_secs;
    let expected = Costs {
        recordings: 4,
        unknown: 1,
        audio: seconds(220),
        speech: seconds(110),
        work: seconds(16),
        cpu: seconds(32),
        measured_audio: seconds(120),
        rtf: Some(RtfRanks { p50: 0.05, p95: 0.2 }),
    };
    assert_eq!(costs, expected);
    assert_eq!(tallied(&[measured(60, None)]).rtf, None);
    assert_eq!(real_time_factor(&effort(1), Duration::ZERO), None);
}

#[test]
fn money_is_hours_of_work_times_the_price() {
    for (work, audio, price, cost, of_hour) in [
        (3_600, 36_000, 2.0, 2.0, Some(0.2)),
        (1_800, 3_600, 0.5, 0.25, Some(0.25)),
        (1_800, 3_600, 0.0, 0.0, Some(0.0)),
        (0, 3_600, 1.0, 0.0, Some(0.0)),
        (3_600, 0, 1.0, 1.0, None),
    ] {
        let (work, measured_audio) = (Duration::from_secs(work), Duration::from_secs(audio));
        let costs = Costs { work, measured_audio, ..Costs::default() };
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(costs.at(price), cost), "{work:?} at {price}");
        let found = costs.of_audio_hour_at(price);
        assert_eq!(found.is_some(), of_hour.is_some());
        assert!(near(found.unwrap_or_default(), of_hour.unwrap_or_default()), "{found:?}");
    }
}

#[tokio::test]
async fn a_month_is_read_to_its_last_page() {
    let bench = Bench::at(&["12-00", "12-30", "13-00", "13-30", "14-00"]);
    let pipeline = bench.pipeline().keeping(Arc::new(bench.store.clone()));
    let run = pipeline.run(&crate::day(), &sample::options(), Arc::new(())).await;
    assert_eq!(run.unwrap().failed().count(), 0);
    let ledger = pipeline.ledger().unwrap();
    let costs = ledger.costs("2025-07".parse().unwrap()).await.unwrap();
    assert_eq!((costs.recordings, costs.unknown), (5, 0));
    assert_eq!((costs.work, costs.cpu), (Duration::from_secs(30), Duration::from_secs(45)));
    let other = ledger.costs("2025-08".parse().unwrap()).await.unwrap();
    assert_eq!(other, Costs::default());

    bench.store.remove_ledger();
    let error = ledger.costs("2025-07".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, LedgerError::NotInstalled { .. }), "{error:?}");
}
