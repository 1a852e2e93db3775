//! Whether a stretch of audio is too quiet to hold speech.

/// Root mean square below which one second holds no speech, of full scale 1.
///
/// Microphone noise is measured at 0.0001 to 0.001, whispered speech near 0.01; 0.0025 is the
/// gate that comparable services settled on.
pub const SILENCE_RMS: f32 = 0.0025;

/// Whether a frame of samples (mono, -1 to 1, about one second) is too quiet to hold speech.
/// A frame without samples is.
#[must_use]
pub fn is_silent_frame(samples: &[f32]) -> bool {
    // Sums in f64: a second of f32 squares loses the quiet ones.
    let energy: f64 = samples.iter().map(|&sample| f64::from(sample) * f64::from(sample)).sum();
    let gate = f64::from(SILENCE_RMS);
    #[expect(clippy::cast_precision_loss, reason = "a frame has far fewer than 2^52 samples")]
    let length = samples.len() as f64;
    energy < gate * gate * length || samples.is_empty()
}
