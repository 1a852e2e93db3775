"""Samples: read, made and written. Mono, 16 kHz, 16 bits in files, -1 to 1 in memory."""

import hashlib
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.clip import Clip

RATE = 16_000

Samples = npt.NDArray[np.float32]


def read(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
            raise ValueError(f"{path} is not 16 kHz, mono, 16 bits")
        frames = file.readframes(file.getnframes())
    return np.frombuffer(frames, "<i2").astype(np.float32) / np.float32(32768)


def write(path: Path, samples: Samples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples.clip(-1, 1) * 32767).round().astype("<i2").tobytes())


def decode(path: Path) -> Samples:
    """Reads any usual format, in mono and at 16 kHz. Needs PyAV."""
    import av

    resampler = av.AudioResampler("flt", "mono", RATE)
    with av.open(str(path)) as file:
        frames = [*file.decode(audio=0), None]
        pieces = [piece.to_ndarray().reshape(-1) for frame in frames for piece in resampler.resample(frame)]
    return np.concatenate(pieces, dtype=np.float32) if pieces else np.zeros(0, np.float32)


def as_wav(clips: Iterable[Clip], folder: Path) -> list[Path]:
    """Files that every reader takes: other formats are converted, once."""
    return [clip.file if clip.file.suffix == ".wav" else _converted(clip.file, folder) for clip in clips]


def _converted(path: Path, folder: Path) -> Path:
    with path.open("rb") as file:
        converted = folder / f"{hashlib.file_digest(file, 'sha256').hexdigest()}.wav"
    if not converted.exists():
        unfinished = converted.with_suffix(".unfinished")
        write(unfinished, decode(path))
        unfinished.rename(converted)
    return converted


def pink_noise(seconds: float, level: float, random: np.random.Generator) -> Samples:
    """Noise with equal power in each octave from 20 Hz on, as a room has; `level` is its RMS."""
    count = round(seconds * RATE)
    # Made in blocks of a minute: a transform of hours would need gigabytes.
    blocks = [_pink_block(random) for _ in range(-(-count // (60 * RATE)))]
    return np.concatenate(blocks)[:count] * np.float32(level)


def _pink_block(random: np.random.Generator) -> Samples:
    length = 60 * RATE
    spectrum = np.fft.rfft(random.standard_normal(length))
    frequency = np.fft.rfftfreq(length, 1 / RATE)
    spectrum *= np.where(frequency < 20, 0, 1 / np.sqrt(np.maximum(frequency, 20)))
    noise = np.fft.irfft(spectrum, length)
    block: Samples = (noise / np.sqrt(np.mean(noise**2))).astype(np.float32)
    return block
