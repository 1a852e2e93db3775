//! The level below which audio is called too quiet.

/// Root mean square below which the loudest second explains an empty text, of full scale 1. The voice
/// activity detector decides what is speech; it amplifies quiet recordings and may find some below it.
///
/// Microphone noise is measured at 0.0001 to 0.001, whispered speech near 0.01; 0.0025 is the
/// value that comparable services settled on.
pub const SILENCE_RMS: f32 = 0.0025;

/// True if a frame of samples (mono, -1 to 1, about one second) is too quiet to hold speech, or
/// empty.
#[must_use]
pub fn is_silent_frame(samples: &[f32]) -> bool {
    level(samples) < SILENCE_RMS
}

/// Returns the root mean square of samples (mono, -1 to 1), 0 if there are none.
#[must_use]
pub fn level(samples: &[f32]) -> f32 {
    // Sums in f64: a second of f32 squares loses the quiet ones.
    let energy: f64 = samples.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
    #[expect(clippy::cast_precision_loss, reason = "a frame has far fewer than 2^52 samples")]
    let mean = energy / samples.len().max(1) as f64;
    #[expect(clippy::cast_possible_truncation, reason = "a level needs few digits")]
    let level = mean.sqrt() as f32;
    level
}
