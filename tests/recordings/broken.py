"""Recordings as ffmpeg does not write them: changes of the bytes of those that it does."""

import struct
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "crates/asr/tests/fixtures"


def fixture(name):
    return (FIXTURES / name).read_bytes()


def chunk(wav, name):
    """Offset of a chunk of a WAV file."""
    at = 12
    while wav[at : at + 4] != name:
        at += 8 + struct.unpack_from("<I", wav, at + 4)[0]
        at += at % 2
    return at


def wav_lengths(wav, outer, data):
    """Other lengths of the whole, if any, and of the samples."""
    changed = bytearray(wav)
    if outer is not None:
        struct.pack_into("<I", changed, 4, outer)
    struct.pack_into("<I", changed, chunk(wav, b"data") + 4, data)
    return bytes(changed)


def outer(wav):
    return wav[:4] + struct.pack("<I", len(wav) - 8) + wav[8:]


def wav_chunk(wav, name, contents, is_padded):
    """One more chunk before the samples."""
    at = chunk(wav, b"data")
    pad = b"\0" if is_padded and len(contents) % 2 else b""
    return outer(wav[:at] + name + struct.pack("<I", len(contents)) + contents + pad + wav[at:])


def wav_format(wav, length):
    """A description of the format that is longer than it need be."""
    at = chunk(wav, b"fmt ")
    was = struct.unpack_from("<I", wav, at + 4)[0]
    longer = wav[at + 8 : at + 8 + was].ljust(length, b"\0")
    return outer(wav[:at] + b"fmt " + struct.pack("<I", length) + longer + wav[at + 8 + was :])


def wav_bits(wav, bits):
    """Fewer valid bits than the samples have room for."""
    changed = bytearray(wav)
    struct.pack_into("<H", changed, chunk(wav, b"fmt ") + 22, bits)
    return bytes(changed)


def id3(zeros):
    return b"ID3\x04\0\0\0\0\0\x05hello" + zeros


def mp4_entries(mp4, count):
    """More descriptions of the sound than there are."""
    changed = bytearray(mp4)
    struct.pack_into(">I", changed, mp4.index(b"stsd") + 8, count)
    return bytes(changed)


def mp4_trimmed(mp4, start, milliseconds):
    """An edit list that plays this much, from `start` milliseconds on."""
    rate = struct.unpack_from(">I", mp4, mp4.index(b"mdhd") + 16)[0]
    changed = bytearray(mp4)
    struct.pack_into(">II", changed, mp4.index(b"elst") + 12, milliseconds, start * rate // 1000)
    return bytes(changed)


def mov_frames(mov, frames):
    """Samples of a QuickTime file counted one by one, as it was done before there were packets of so many frames."""
    changed = bytearray(mov)
    entry = mov.index(b"stsd") + 16
    struct.pack_into(">h", changed, entry + 26, 0)
    count = mov.index(b"stsz") + 8
    assert struct.unpack_from(">I", mov, count)[0] > 0, "all are as long"
    struct.pack_into(">II", changed, count, 1, struct.unpack_from(">I", mov, count + 4)[0] * frames)
    for name, size in (b"stsc", 12), (b"stts", 8):
        first = mov.index(name) + 12
        for n in range(struct.unpack_from(">I", mov, first - 4)[0]):
            at = first + n * size
            if name == b"stsc":
                struct.pack_into(">I", changed, at + 4, struct.unpack_from(">I", mov, at + 4)[0] * frames)
            else:
                struct.pack_into(">II", changed, at, struct.unpack_from(">I", mov, at)[0] * frames, 1)
    return bytes(changed)


def mov_as_iso(mov):
    """Big-endian PCM of 24 bits as MP4 describes it, in place of QuickTime's `wave`."""
    changed = bytearray(mov.replace(b"in24", b"ipcm", 1))
    struct.pack_into(">I4sIBBI4s", changed, mov.index(b"wave") - 4, 14, b"pcmC", 0, 0, 24, 24, b"free")
    return bytes(changed)


def mp4_moved(mp4, name):
    """A box of this name before all others."""
    changed = bytearray(struct.pack(">I4s", 40, name) + bytes(32) + mp4)
    table = changed.index(b"stco") + 8
    for n in range(struct.unpack_from(">I", changed, table)[0]):
        at = table + 4 + 4 * n
        struct.pack_into(">I", changed, at, struct.unpack_from(">I", changed, at)[0] + 40)
    return bytes(changed)


def aiff_length(aiff, length):
    """Another length of the samples."""
    changed = bytearray(aiff)
    struct.pack_into(">I", changed, aiff.index(b"SSND") + 4, length)
    return bytes(changed)


def caf_length(caf, length):
    """Another length of the samples."""
    changed = bytearray(caf)
    struct.pack_into(">q", changed, caf.index(b"data") + 4, length)
    return bytes(changed)
