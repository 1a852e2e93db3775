//! `watchme bench`: the speed of this machine.

use crate::sandbox::Sandbox;

#[test]
fn the_speed_is_measured_and_doctor_shows_it() {
    let sandbox =
        Sandbox::with_model().with("WATCHME_HOURLY_PRICE", "0.05").with("WATCHME_CURRENCY", "JPY");
    sandbox.record("files/d/2025-07-18/12-00/audio.wav", b"x");
    let doctor = sandbox.run(&["doctor"]).expect(0).stdout;
    assert!(doctor.contains("not measured with this model: `watchme bench`"), "{doctor}");

    let body = sandbox.run(&["bench", "--runs", "2", "--json"]).expect(0).json();
    let number = |name: &str| body[name].as_f64().unwrap_or_else(|| panic!("`{name}` in {body}"));
    assert!((number("audio_seconds") - 60.0).abs() < 0.1, "{body}");
    assert!(number("speech_seconds") > 20.0, "{body}");
    assert!(number("passes") >= 1.0, "{body}");
    assert_eq!(body["runs"].as_array().unwrap().len(), 2, "{body}");
    assert_eq!((&body["model"], &body["precision"]), (&"synth-tiny".into(), &"fast".into()));
    let rtf = number("rtf");
    assert!(rtf > 0.0, "{body}");
    if body["rtf_encoder"].is_number() {
        let stages = number("rtf_encoder") + number("rtf_decoder");
        assert!(stages > 0.0 && stages <= rtf, "{body}");
    }
    let day = &body["day_of_speech"];
    let work = day["work_seconds"].as_f64().unwrap();
    assert!((work - 86_400.0 * rtf).abs() < 1.0, "{body}");
    assert!((day["cost"].as_f64().unwrap() - 0.05 * work / 3600.0).abs() < 1e-6, "{body}");
    assert_eq!(day["currency"], "JPY");

    let doctor = sandbox.run(&["doctor"]).expect(0).stdout;
    assert!(doctor.contains("of real time with `synth-tiny` on "), "{doctor}");
    let text = sandbox.run(&["bench", "--runs", "1", "--quiet"]).expect(0);
    assert!(text.stdout.starts_with("processor "), "{text:#?}");
    assert!(text.stdout.contains("\na day of speech   24 h take "), "{text:#?}");
    assert_eq!(text.stderr, "");
}
