"""Kinds of recordings, as (name, what makes it, what is expected). docs/recordings.md has a row for each group.

What makes a recording is a list of ffmpeg's arguments, or a function that takes the bytes of a recording that was made before.
Expected is the text of the source (None), a part of the error, or a number of seconds, of which the text is not compared.
"""

import struct

import broken

CENTRE = ["-af", "pan=5.1|FC=c0"]
# Rates at which the small demo model still hears every word: it knows less than real ones.
CLEAR_MP3 = ["-b:a", "96k"]
CLEAR_VORBIS = ["-q:a", "8"]
FILM = ["-f", "lavfi", "-i", "color=s=16x16", "-map", "1:v", "-map", "0:a", "-c:v", "mjpeg", "-shortest"]
FAST = ["-movflags", "+faststart"]
FRAGMENTS = ["-movflags", "frag_keyframe+empty_moov", "-frag_duration", "500000"]


def audio(codec, *more):
    return ["-c:a", codec, *more]


KINDS = [
    # WAV and its relatives
    *[(f"{codec}.wav", audio(codec), None) for codec in (
        "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw", "adpcm_ima_wav", "adpcm_ms",
    )],
    ("extensible.wav", audio("pcm_s24le", "-ac", "2"), None),
    ("mp3.wav", audio("libmp3lame", *CLEAR_MP3), None),
    ("rf64.wav", ["-rf64", "always"], None),
    ("wave64.w64", [], None),
    ("streamed.wav", lambda made: broken.wav_lengths(made["pcm_s16le.wav"], 0xFFFFFFFF, 0xFFFFFFFF), None),
    ("power-lost.wav", lambda made: broken.wav_lengths(made["pcm_s16le.wav"], 0, 0), None),
    ("data-length-lost.wav", lambda made: broken.wav_lengths(made["pcm_s16le.wav"], None, 0), None),
    ("cut.wav", lambda made: made["pcm_s16le.wav"][:-2], None),
    ("odd-list-padded.wav", lambda made: broken.wav_chunk(made["pcm_s16le.wav"], b"LIST", b"INFOx", True), None),
    ("odd-list-unpadded.wav", lambda made: broken.wav_chunk(made["pcm_s16le.wav"], b"LIST", b"INFOx", False), None),
    ("broken-list.wav", lambda made: broken.wav_chunk(made["pcm_s16le.wav"], b"LIST", b"INFOISFT" + b"\xFF" * 4, True), None),
    ("many-chunks.wav", lambda made: broken.wav_chunk(made["pcm_s16le.wav"], b"mark", b"here" * 5000, True), None),
    ("long-fact.wav", lambda made: broken.wav_chunk(made["pcm_mulaw.wav"], b"fact", bytes(12), True), None),
    ("format-20.wav", lambda made: broken.wav_format(made["pcm_s16le.wav"], 20), None),
    ("format-28.wav", lambda made: broken.wav_format(made["pcm_s16le.wav"], 28), None),
    ("12-bits.wav", lambda made: broken.wav_bits(made["pcm_s16le.wav"], 12), None),
    ("20-bits.wav", lambda made: broken.wav_bits(made["pcm_s24le.wav"], 20), None),
    ("gsm.wav", audio("libgsm_ms", "-ar", "8000"), "it is GSM 6.10"),
    ("g726.wav", audio("adpcm_g726", "-ar", "8000"), "it is G.726 ADPCM"),
    # AU, AIFF, CAF
    *[(f"{codec}.au", audio(codec), None) for codec in ("pcm_s16be", "pcm_mulaw", "pcm_alaw", "pcm_f32be")],
    *[(f"{codec}.aiff", audio(codec), None) for codec in (
        "pcm_s8", "pcm_s16be", "pcm_s24be", "pcm_s32be", "pcm_s16le", "pcm_f32be", "pcm_f64be", "pcm_alaw", "pcm_mulaw", "adpcm_ima_qt",
    )],
    ("cut.aiff", lambda made: made["pcm_s16be.aiff"][:-2], None),
    ("power-lost.aiff", lambda made: broken.aiff_length(made["pcm_s16be.aiff"], 8), None),
    ("streamed.aiff", lambda made: broken.aiff_length(made["pcm_s16be.aiff"], 0xFFFFFFFF), None),
    *[(f"{codec}.caf", audio(codec), None) for codec in (
        "pcm_s8", "pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_f32le", "alac", "pcm_mulaw", "adpcm_ima_qt", "libopus",
    )],
    ("cut.caf", lambda made: made["pcm_s16be.caf"][:-2], None),
    ("streamed.caf", lambda made: broken.caf_length(made["pcm_s16be.caf"], -1), None),
    ("power-lost.au", lambda made: made["pcm_s16be.au"][:8] + bytes(4) + made["pcm_s16be.au"][12:], None),
    # MP3 and AAC as they are
    ("mpeg.mp3", audio("libmp3lame", *CLEAR_MP3), None),
    ("variable.mp3", audio("libmp3lame", "-q:a", "4"), None),
    ("layer-2.mp2", audio("mp2", "-b:a", "96k"), None),
    ("zeros.mp3", lambda made: broken.id3(bytes(100_000)) + made["mpeg.mp3"], None),
    ("adts.aac", audio("aac"), None),
    ("adts-surround.aac", [*CENTRE, *audio("aac")], None),
    ("latm.latm", audio("aac", "-f", "latm"), "AAC in LATM"),
    # FLAC, Ogg
    ("lossless.flac", audio("flac"), None),
    ("surround.flac", [*CENTRE, *audio("flac")], None),
    ("vorbis.ogg", audio("libvorbis", *CLEAR_VORBIS), None),
    ("opus.ogg", audio("libopus", "-b:a", "48k"), None),
    ("opus-surround.ogg", [*CENTRE, *audio("libopus")], None),
    ("flac.ogg", audio("flac"), None),
    ("speex.ogg", audio("libspeex"), "it is Speex"),
    # MP4
    ("aac.m4a", audio("aac"), None),
    ("surround.m4a", [*CENTRE, *audio("aac")], None),
    ("eight.m4a", ["-af", "pan=7.1|FC=c0", *audio("aac")], None),
    ("alac.m4a", audio("alac"), None),
    ("opus.mp4", audio("libopus"), None),
    ("flac.mp4", audio("flac", "-strict", "-2"), None),
    ("mp3.mp4", audio("libmp3lame", *CLEAR_MP3), None),
    ("fragments.mp4", audio("aac", *FRAGMENTS), None),
    ("uuid.m4a", lambda made: broken.mp4_moved(made["aac.m4a"], b"uuid"), None),
    ("ipcm.mp4", lambda made: broken.mov_as_iso(made["pcm_s24be.mov"]), None),
    # QuickTime
    *[(f"{codec}.mov", audio(codec), None) for codec in (
        "pcm_u8", "pcm_s8", "pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le", "pcm_f32be", "pcm_f32le", "pcm_f64be",
        "pcm_f64le", "pcm_alaw", "pcm_mulaw", "adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "alac",
    )],
    *[(f"stereo-{codec}.mov", audio(codec, "-ac", "2"), None) for codec in ("pcm_s16be", "pcm_mulaw", "adpcm_ima_qt", "alac")],
    *[(f"96000-{codec}.mov", audio(codec, "-ar", "96000"), None) for codec in ("pcm_s16be", "pcm_s24le", "pcm_f32be")],
    ("frames.mov", lambda made: broken.mov_frames(made["adpcm_ima_qt.mov"], 64), None),
    ("film.mov", [*FILM, *audio("pcm_s24be")], None),
    *[(f"fragments-{codec}.mov", audio(codec, *FRAGMENTS), None) for codec in (
        "pcm_u8", "pcm_s8", "pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_f32be", "pcm_f64be", "pcm_mulaw", "adpcm_ima_qt", "alac",
    )],
    *[(f"fragments-{n}.mov", audio("pcm_s16be", "-frag_duration", "500000", "-movflags", flags), None) for n, flags in enumerate((
        "frag_every_frame", "frag_keyframe+delay_moov", "frag_keyframe+empty_moov+default_base_moof", "frag_keyframe+empty_moov+omit_tfhd_offset",
    ))],
    ("cut.mov", lambda made: made["fast.mov"][: len(made["fast.mov"]) // 2], 1.2),
    ("fast.mov", audio("pcm_s16be", *FAST), None),
    ("trimmed.mov", lambda made: broken.mp4_trimmed(made["fast.mov"], 500, 700), 0.7),
    ("no-ftyp.mov", lambda made: made["fast.m4a"].replace(b"ftyp", b"free", 1), None),
    ("fast.m4a", audio("aac", *FAST), None),
    ("two-entries.m4a", lambda made: broken.mp4_entries(made["fast.m4a"], 2), None),
    ("trimmed.m4a", lambda made: broken.mp4_trimmed(made["fast.m4a"], 500, 700), 0.7),
    ("he-aac.m4a", lambda made: broken.fixture("he-aac.m4a"), 1.3),
    ("ac-3.mp4", audio("ac3"), "it is AC-3"),
    # Matroska, WebM
    *[(f"{codec}.mkv", audio(codec), None) for codec in (
        "libopus", "aac", "flac", "alac", "pcm_u8", "pcm_s16le", "pcm_s24be", "pcm_f32le", "pcm_mulaw", "pcm_alaw",
    )],
    ("libvorbis.mkv", audio("libvorbis", *CLEAR_VORBIS), None),
    ("libmp3lame.mkv", audio("libmp3lame", *CLEAR_MP3), None),
    ("ac-3.mkv", audio("ac3"), "it is AC-3"),
    ("adpcm.mkv", audio("adpcm_ima_wav"), "no audio in a known codec"),
    ("opus.webm", audio("libopus"), None),
    ("live.webm", audio("libopus", "-live", "1"), None),
    ("44100.webm", lambda made: made["opus.webm"].replace(struct.pack(">d", 48000.0), struct.pack(">d", 44100.0)), None),
    ("cut.webm", lambda made: made["opus.webm"][: len(made["opus.webm"]) * 2 // 3], 1.5),
    # Channels
    ("left.wav", ["-af", "pan=stereo|c0=c0"], None),
    ("right.flac", ["-af", "pan=stereo|c1=c0"], None),
    ("opposite.wav", ["-af", "pan=stereo|c0=c0|c1=-1*c0"], None),
    ("unequal.wav", ["-af", "pan=stereo|c0=0.1*c0|c1=c0"], None),
    # What is no recording, or not one that is read
    ("asf.wma", audio("wmav2"), "a Windows Media recording"),
    ("wavpack.wv", audio("wavpack"), "a WavPack recording"),
    ("transport.ts", audio("aac"), "an MPEG transport stream"),
    ("picture.png", ["-f", "lavfi", "-i", "color=s=16x16", "-map", "1:v", "-frames:v", "1"], "a PNG image"),
]
