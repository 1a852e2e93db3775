//! The gain before the detector, and the figures behind its constants.

mod survey;

use super::*;

#[test]
fn loud_background_is_made_quiet_and_a_quiet_one_left_as_it_is() {
    let gain_of = |chunk: &[f32]| gain_for(background(chunk));
    assert!((gain_of(&vec![0.2; 62 * VAD_FRAME]) - 0.05).abs() < 1e-6);
    assert!((gain_of(&vec![0.005; 62 * VAD_FRAME]) - 1.0).abs() < 1e-6);
    assert!((gain_of(&[0.5]) - 0.02).abs() < 1e-6);
    assert!((gain_of(&[]) - 1.0).abs() < 1e-6);
    // Speech over a quiet room: most of the chunk is loud, its background is not.
    let mut speech = vec![0.001; 62 * VAD_FRAME];
    speech[20 * VAD_FRAME..].fill(0.3);
    assert!((gain_of(&speech) - 1.0).abs() < 1e-6);
}

#[test]
fn background_is_what_lasts_for_two_chunks() {
    let (quiet, loud) = (0.001, 0.2);
    for (before, chunk, after, expected) in [
        (Some(quiet), loud, Some(quiet), quiet),
        (Some(loud), loud, Some(quiet), loud),
        (Some(quiet), loud, Some(loud), loud),
        (Some(loud), quiet, Some(loud), quiet),
        (None, loud, Some(quiet), quiet),
        (Some(quiet), loud, None, quiet),
        (None, loud, None, loud),
    ] {
        let found = lasting(before, chunk, after);
        assert!((found - expected).abs() < 1e-6, "{before:?}, {chunk}, {after:?}");
    }
}

#[test]
fn the_gain_falls_at_once_and_rises_evenly() {
    assert!((gain_at(1.0, 0.1, 1, 62) - 0.1).abs() < 1e-6);
    assert!((gain_at(0.01, 1.0, 31, 62) - 0.1).abs() < 1e-6);
    assert!((gain_at(0.01, 1.0, 62, 62) - 1.0).abs() < 1e-6);
}
