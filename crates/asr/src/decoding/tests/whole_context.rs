//! A pass is encoded with as much silence as it needs, and again with all 30 s where its text fails the
//! checks.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use watchme_core::TranscribeError;

use crate::audio::Window;
use crate::decoding::frames::ENCODER_FRAMES;
use crate::decoding::model::Model;
use crate::decoding::network::{Network, NetworkTimes, Token};
use crate::decoding::{SpeechBuffer, Stop, decode_next};
use crate::models::{ModelLibrary, ModelOrigin};

const SIZE: usize = 51_865;
const END: Token = 50_257;
/// The timestamp of 0 s.
const ZERO: Token = 50_364;
/// `A` to `Z`.
const LETTERS: std::ops::Range<Token> = 32..58;

/// A network that writes one letter in each pass.
struct OneLetter {
    /// Tells if it is sure which letter, with so many frames encoded.
    is_sure: fn(usize) -> bool,
    /// Encodes 30 s whatever it is asked for, as whisper.cpp does.
    encodes_all: bool,
    /// Frames that it was asked to encode.
    asked: Arc<Mutex<Vec<usize>>>,
    encoded: usize,
    logits: Vec<f32>,
}

impl Network for OneLetter {
    fn set_audio(&mut self, _: &[f32]) -> Result<(), TranscribeError> {
        Ok(())
    }

    fn encode(&mut self, _: usize, count: usize) -> Result<usize, TranscribeError> {
        self.asked.lock().unwrap().push(count);
        self.encoded = if self.encodes_all { ENCODER_FRAMES } else { count };
        Ok(self.encoded)
    }

    fn decode(&mut self, tokens: &[Token], past: usize) -> Result<&[f32], TranscribeError> {
        let likely = match tokens {
            [.., last] if LETTERS.contains(last) => END..END + 1,
            [ZERO] if (self.is_sure)(self.encoded) => LETTERS.start..LETTERS.start + 1,
            [ZERO] => LETTERS,
            _ if past == 0 => ZERO..ZERO + 1,
            _ => panic!("{tokens:?} after {past}"),
        };
        self.logits = vec![-50.0; SIZE];
        self.logits[likely.start as usize..likely.end as usize].fill(0.0);
        Ok(&self.logits)
    }

    fn max_hypotheses(&self) -> usize {
        1
    }

    fn decode_beam(
        &mut self,
        tokens: &[Token],
        _: &[usize],
        past: usize,
    ) -> Result<&[f32], TranscribeError> {
        self.decode(tokens, past)
    }

    fn set_threads(&mut self, _: NonZeroUsize) {}

    fn kernel(&self) -> &'static str {
        "one letter"
    }

    fn times(&self) -> NetworkTimes {
        NetworkTimes::default()
    }
}

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// Decodes a pass over so many seconds, and returns the frames that the network was asked to encode.
fn asked_for(seconds: usize, mut network: OneLetter) -> Vec<usize> {
    let asked = Arc::default();
    network.asked = Arc::clone(&asked);
    let demo = models().join("ggml-synth-tiny.bin");
    let library = ModelLibrary::new(models(), None);
    let architecture = library.verify(&ModelOrigin::File(demo.clone())).unwrap().architecture;
    let name = "demo".parse().unwrap();
    let mut model = Model::new(name, &demo, architecture, Box::new(network)).unwrap();
    let mut buffer = SpeechBuffer::default();
    buffer.append(Window::silent(seconds, Some(0..seconds)));
    buffer.finish();
    let cancelled = AtomicBool::new(false);
    let stop = Stop { cancelled: &cancelled, deadline: Instant::now() + Duration::from_hours(1) };
    decode_next(&mut model, &mut buffer, Some("en"), &stop).unwrap();
    asked.lock().unwrap().clone()
}

#[test]
fn all_30_seconds_are_encoded_where_less_is_not_good_enough() {
    /// Seconds of speech, the frames with which the model is sure, true if it encodes all at once, and
    /// the frames that are asked for.
    type Case<'a> = (usize, fn(usize) -> bool, bool, &'a [usize]);
    let always = |_| true;
    let with_all = |encoded| encoded == ENCODER_FRAMES;
    let never = |_| false;
    let cases: [Case<'_>; 5] = [
        (5, always, false, &[1099]),
        (5, with_all, false, &[1099, 3000]),
        // Higher temperatures hear the same audio.
        (5, never, false, &[1099, 3000]),
        (5, never, true, &[1099]),
        (28, never, false, &[3000]),
    ];
    for (case, (seconds, is_sure, encodes_all, expected)) in cases.into_iter().enumerate() {
        let (asked, logits) = (Arc::default(), Vec::new());
        let network = OneLetter { is_sure, encodes_all, asked, encoded: 0, logits };
        assert_eq!(asked_for(seconds, network), expected, "case {case}");
    }
}
