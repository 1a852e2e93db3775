//! `watchme cost`: the work and the cost of a month.

use std::fs;

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, models_dir};

/// A day with speech and silence, transcribed on a machine that costs 36 yen an hour.
fn transcribed_day() -> Sandbox {
    let sandbox =
        Sandbox::with_model().with("WATCHME_HOURLY_PRICE", "36").with("WATCHME_CURRENCY", "JPY");
    for (block, name) in [("12-00", "ja-02.wav"), ("12-30", "silence.wav")] {
        let clip = fs::read(models_dir().join("recordings").join(name)).unwrap();
        sandbox.record(&format!("files/d1/2025-07-18/{block}/audio.wav"), &clip);
    }
    sandbox.run(&["import"]).expect(0);
    sandbox.run(&["transcribe", "--pending"]).expect(0);
    sandbox
}

#[test]
fn a_month_is_counted_by_what_its_recordings_really_took() {
    let sandbox = transcribed_day();
    let body = sandbox.run(&["cost", "--month", "2025-07", "--json"]).expect(0).json();
    assert_eq!((&body["recordings"], &body["unknown"]), (&json!(2), &json!(0)));
    assert_eq!((&body["hourly_price"], &body["currency"]), (&json!(36.0), &json!("JPY")));
    let number = |key: &str| body[key].as_f64().unwrap_or_else(|| panic!("`{key}` in {body}"));
    assert!(number("audio_seconds") > number("speech_seconds"), "{body}");
    assert!(number("work_seconds") > 0.0 && number("cpu_seconds") > 0.0, "{body}");
    // A second costs a hundredth.
    assert!((number("cost") - number("work_seconds") / 100.0).abs() < 1e-6, "{body}");
    let (p50, p95) = (body["rtf"]["p50"].as_f64().unwrap(), body["rtf"]["p95"].as_f64().unwrap());
    assert!(0.0 < p50 && p50 <= p95, "{body}");

    let kept = sandbox.run(&["explain", "d1", "2025-07-18", "12-00", "--json"]).expect(0).json();
    let kept = &kept["recordings"][0]["kept"];
    let longest = kept["rtf"].as_f64().unwrap();
    assert!(kept["work_seconds"].as_f64().unwrap() <= number("work_seconds"), "{kept}");
    assert!(longest <= p95, "{kept}");

    let shown = sandbox.run(&["cost", "--month", "2025-07"]).expect(0).stdout;
    assert!(shown.starts_with("month             2025-07\nrecordings        2\n"), "{shown}");
    assert!(shown.contains("36.0000 JPY\n"), "{shown}");
    let shown = sandbox.run(&["explain", "d1", "2025-07-18", "12-30"]).expect(0).stdout;
    assert!(shown.contains("of processor time"), "{shown}");
}

#[test]
fn a_month_without_recordings_and_one_that_is_none() {
    let sandbox = Sandbox::new();
    let body = sandbox.run(&["cost", "--month", "2025-07", "--json"]).expect(0).json();
    assert_eq!((&body["recordings"], &body["rtf"]), (&json!(0), &Value::Null));
    assert_eq!((&body["cost"], &body["currency"]), (&Value::Null, &json!("USD")));
    let wrong = sandbox.run(&["cost", "--month", "2025-13"]).expect(2);
    assert!(wrong.stderr.contains("YYYY-MM"), "{wrong:?}");
}
