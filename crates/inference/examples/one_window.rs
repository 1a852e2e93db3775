//! Computes one window of a recording with the weights of a file, and prints its first tokens: what
//! `script/count-arm64` counts the instructions of.
//!
//! ```sh
//! cargo run --release --package watchme-inference --example one_window -- MODEL f32|half|int8 RECORDING|- TOKENS|-
//! ```
//!
//! RECORDING is a WAV file, mono, 16 bits at 16 kHz. With `-` no window is encoded, and the tokens follow
//! from silence in the encoder's output. Without TOKENS the decoder does not get to know the window.

#![allow(clippy::print_stdout, reason = "it prints what it computes")]

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;

use watchme_inference::ggml::ModelFile;
use watchme_inference::{AudioContext, Decoder, Encoder, MelSpectrogram, Precision};

/// `<|startoftranscript|>`, `<|ja|>`, `<|transcribe|>`, `<|notimestamps|>` of the multilingual models up to v2.
const PROMPT: [u32; 4] = [50_258, 50_266, 50_359, 50_363];

/// Bytes before the samples of a WAV file as recorders write it.
const HEADER: usize = 44;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, precision, recording, tokens] = arguments.as_slice() else {
        return Err("MODEL, f32|half|int8, RECORDING|- and TOKENS|- are wanted".into());
    };
    let precision = match precision.as_str() {
        "f32" => Precision::F32,
        "int8" => Precision::Int8,
        _ => Precision::Half,
    };
    let mut model = ModelFile::open(Path::new(model))?;
    let (encoder_shape, decoder_shape) = (model.encoder_shape(), model.decoder_shape());
    let mut spectrogram = MelSpectrogram::new(model.mel_filters(), encoder_shape.mel_bands)?;
    let encoder = Encoder::new(encoder_shape, precision, NonZeroUsize::MIN, &mut model)?;
    let mut decoder = Decoder::new(decoder_shape, precision, NonZeroUsize::MIN, &mut model)?;

    let context = AudioContext::FULL;
    let mut audio = vec![0.0; encoder.output_len(context)];
    if recording != "-" {
        let wav = std::fs::read(recording)?;
        let samples = wav.get(HEADER..).ok_or("the recording is too short")?.as_chunks().0;
        let samples = samples.iter().map(|&bytes| f32::from(i16::from_le_bytes(bytes)) / 32_768.0);
        spectrogram.compute(&samples.collect::<Vec<f32>>());
        let mut mel = Vec::new();
        spectrogram.frames_from(0, context, &mut mel);
        encoder.encode(context, &mel, &mut audio)?;
    }
    println!("{} ({precision:?})", encoder.kernel());
    let size = audio.iter().map(|number| number * number).sum::<f32>() / 1500.0;
    println!("size of the encoder's output: {size:.4}");

    if tokens == "-" {
        return Ok(());
    }
    let count: usize = tokens.parse()?;
    decoder.set_audio(context, &audio)?;
    let mut next = PROMPT.to_vec();
    let mut past = 0;
    for _ in 0..count {
        let logits = decoder.forward(&next, past)?;
        past += next.len();
        let best = (0_u32..).zip(logits).max_by(|(_, one), (_, other)| one.total_cmp(other));
        let (token, logit) = best.ok_or("no token is known")?;
        println!("{token} {logit:.3}");
        next = vec![token];
    }
    Ok(())
}
