//! The containers and codecs that are read.

use std::sync::LazyLock;

use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::formats::probe::Probe;
use symphonia::default::{codecs, formats, meta};

/// The demuxers for what is supported, and no other: each is a parser of hostile input. WAV, AU,
/// AIFF, MPEG audio and ADTS have demuxers of their own here, and MP4 is opened beside the probe (`decode/open.rs`).
pub(super) static PROBE: LazyLock<Probe> = LazyLock::new(|| {
    let mut probe = Probe::new();
    probe.register_format::<formats::FlacReader<'_>>();
    probe.register_format::<formats::OggReader<'_>>();
    probe.register_format::<formats::MkvReader<'_>>();
    probe.register_format::<formats::CafReader<'_>>();
    probe.register_metadata::<meta::Id3v1Reader<'_>>();
    probe.register_metadata::<meta::Id3v2Reader<'_>>();
    probe.register_metadata::<meta::ApeReader<'_>>();
    probe
});

/// The decoders, likewise. AAC and Opus have theirs chosen here (`aac.rs`, `opus.rs`).
pub(super) static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut registry = CodecRegistry::new();
    registry.register_audio_decoder::<codecs::PcmDecoder>();
    registry.register_audio_decoder::<codecs::AdpcmDecoder>();
    registry.register_audio_decoder::<codecs::FlacDecoder>();
    registry.register_audio_decoder::<codecs::VorbisDecoder>();
    registry.register_audio_decoder::<codecs::AlacDecoder>();
    registry.register_audio_decoder::<codecs::MpaDecoder>();
    registry
});
