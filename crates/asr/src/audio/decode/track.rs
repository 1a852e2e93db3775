//! Chooses the track to decode, and a decoder for it.

use std::time::Duration;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_AC3, CODEC_ID_ATRAC3, CODEC_ID_DCA, CODEC_ID_EAC3, CODEC_ID_OPUS,
    CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW, CODEC_ID_SPEEX, CODEC_ID_TRUEHD, CODEC_ID_TTA,
    CODEC_ID_WAVPACK, CODEC_ID_WMA,
};
use symphonia::core::codecs::audio::{
    AudioCodecId, AudioCodecParameters, AudioDecoder, AudioDecoderOptions, CODEC_ID_NULL_AUDIO,
};
use symphonia::core::formats::{FormatReader, Track, TrackType};

use super::super::fault::Fault;
use super::super::matroska::PlainTrack;
use super::super::registry::CODECS;
use super::super::{MAX_LENGTH, RATES, aac, opus};
use super::demux::refusal;
use super::guarded;

/// A decoder's buffer grows as needed; no more than this is reserved because a header says so.
const MAX_RESERVED_FRAMES: u64 = 1 << 16;

/// Fewer bits per second than any codec needs even for silence. A header that claims so long a
/// recording for so small a file is wrong.
const MIN_BITS_PER_SECOND: f64 = 100.0;

/// Codecs that are not supported, for an error that names them.
const FOREIGN: [(AudioCodecId, &str); 9] = [
    (CODEC_ID_AC3, "AC-3"),
    (CODEC_ID_EAC3, "E-AC-3"),
    (CODEC_ID_DCA, "DTS"),
    (CODEC_ID_ATRAC3, "ATRAC3"),
    (CODEC_ID_SPEEX, "Speex"),
    (CODEC_ID_TRUEHD, "TrueHD"),
    (CODEC_ID_TTA, "True Audio"),
    (CODEC_ID_WAVPACK, "WavPack"),
    (CODEC_ID_WMA, "Windows Media Audio"),
];

/// Chosen track.
pub(super) struct Chosen {
    pub(super) track: Track,
    pub(super) codec: Box<dyn AudioDecoder>,
}

/// Chooses the default track, or the next one that can be decoded.
pub(super) fn choose_track(
    reader: &dyn FormatReader,
    container: &'static str,
) -> Result<Chosen, Fault> {
    choose_track_among(reader, &[], container)
}

/// Chooses a track, of which some have plain samples that the demuxer does not know.
pub(super) fn choose_track_among(
    reader: &dyn FormatReader,
    plain: &[PlainTrack],
    container: &'static str,
) -> Result<Chosen, Fault> {
    let default = reader.default_track(TrackType::Audio).map(|track| track.id);
    let mut tracks: Vec<&Track> = reader.tracks().iter().collect();
    tracks.sort_by_key(|track| Some(track.id) != default);
    let mut first = None;
    for track in tracks {
        let Some(CodecParameters::Audio(params)) = &track.codec_params else { continue };
        if params.codec == CODEC_ID_NULL_AUDIO {
            continue;
        }
        let mut track = track.clone();
        let params = match plain.iter().find(|it| it.number == track.id) {
            Some(it) => it.blocks.to_params(),
            None => params.clone(),
        };
        track.codec_params = Some(CodecParameters::Audio(params.clone()));
        match make_decoder(params, container) {
            Ok(codec) => return Ok(Chosen { track, codec }),
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    Err(first.unwrap_or(Fault::NoAudio { container }))
}

fn make_decoder(
    mut params: AudioCodecParameters,
    container: &'static str,
) -> Result<Box<dyn AudioDecoder>, Fault> {
    params.max_frames_per_packet =
        params.max_frames_per_packet.map(|frames| frames.min(MAX_RESERVED_FRAMES));
    if let Some((_, what)) = FOREIGN.iter().find(|(codec, _)| *codec == params.codec) {
        return Err(Fault::Unsupported { container, reason: format!("it is {what}") });
    }
    // Some containers state the width of the stored samples, but the decoder expects its own.
    if matches!(params.codec, CODEC_ID_PCM_ALAW | CODEC_ID_PCM_MULAW) {
        (params.bits_per_sample, params.bits_per_coded_sample) = (None, None);
    }
    let is_opus = params.codec == CODEC_ID_OPUS;
    if let Some(rate) = params.sample_rate.filter(|rate| !is_opus && !RATES.contains(rate)) {
        return Err(Fault::Rate(rate));
    }
    let decoder = guarded(container, || match params.codec {
        CODEC_ID_AAC => aac::make_decoder(&params),
        CODEC_ID_OPUS => opus::make_decoder(&params),
        _ => CODECS.make_audio_decoder(&params, &AudioDecoderOptions::default()),
    })?;
    decoder.map_err(|error| refusal(container, &error))
}

/// Length that the container states, unless the file cannot hold as much.
pub(super) fn claimed_length(
    reader: &dyn FormatReader,
    track: &Track,
    bytes: u64,
) -> Option<Duration> {
    let media = reader.media_info();
    let rate = track.codec_params.as_ref().and_then(|it| it.audio()).and_then(|it| it.sample_rate);
    #[expect(clippy::cast_precision_loss, reason = "a length in seconds need not be exact")]
    let seconds = match (track.num_frames, rate) {
        (Some(frames), Some(rate)) if rate > 0 => frames as f64 / f64::from(rate),
        _ => {
            let of_track = track.time_base.zip(track.duration);
            let (unit, length) = of_track.or(media.time_base.zip(media.duration))?;
            unit.calc_duration(length)?.as_secs_f64()
        }
    };
    believed(seconds, bytes)
}

/// Converts a length in seconds, unless a file of this size cannot hold as much.
pub(super) fn believed(seconds: f64, bytes: u64) -> Option<Duration> {
    #[expect(clippy::cast_precision_loss, reason = "a file size need not be exact")]
    let longest = (bytes as f64 * 8.0 / MIN_BITS_PER_SECOND).min(MAX_LENGTH.as_secs_f64());
    if seconds > 0.0 && seconds <= longest {
        Duration::try_from_secs_f64(seconds).ok()
    } else {
        None
    }
}
