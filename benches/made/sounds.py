"""Sounds without a voice, by arithmetic. Each maker takes seconds and a random generator; levels are set afterwards."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from harness.audio import RATE, Samples

# Samples, times or frequencies on the way.
Numbers: TypeAlias = npt.NDArray[np.floating]
Maker: TypeAlias = Callable[[float, np.random.Generator], Samples]


def coloured(power: float) -> Maker:
    """Noise whose power falls with frequency to this power, from 20 Hz on: 0 is white, 1 pink, 2 brown."""

    def make(seconds: float, random: np.random.Generator) -> Samples:
        return _filtered(seconds, random, lambda frequency: np.maximum(frequency, 20) ** (-power / 2))

    return make


def speech_shaped(seconds: float, random: np.random.Generator) -> Samples:
    """Noise with the long-term spectrum of speech (flat to 500 Hz, then 9 dB an octave), which swells 4 times a second, as syllables do."""
    noise = _filtered(seconds, random, lambda frequency: 1 / (1 + (frequency / 500) ** 1.5) * (frequency > 80))
    return _swelling(noise, 4, 0.8)


def swelling(seconds: float, random: np.random.Generator) -> Samples:
    """Pink noise that comes and goes, as waves and wind do."""
    return _swelling(coloured(1)(seconds, random), 0.3, 1)


def hum(seconds: float, random: np.random.Generator) -> Samples:
    """Mains: 50 Hz with its harmonics."""
    time = _time(seconds)
    phases = random.uniform(0, 2 * np.pi, 12)
    return _sum(np.sin(2 * np.pi * 50 * n * time + phases[n - 1]) / n for n in range(1, 13))


def clicks(seconds: float, random: np.random.Generator) -> Samples:
    """A clock, or a keyboard: short decaying bursts."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    at = 0.0
    while (at := at + float(random.uniform(0.1, 0.9))) < seconds - 0.05:
        first = round(at * RATE)
        length = round(0.03 * RATE)
        samples[first : first + length] += random.standard_normal(length) * np.exp(-np.arange(length) / (0.004 * RATE))
    return samples


def music(seconds: float, random: np.random.Generator) -> Samples:
    """Plucked chords of a pentatonic scale, two a second, with seven harmonics."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    scale = 220 * 2 ** (np.array([0, 2, 4, 7, 9, 12, 14, 16]) / 12)
    for start in np.arange(0, seconds - 1, 0.5):
        time = _time(1)
        chord = random.choice(scale, 3, replace=False)
        note = _sum(np.sin(2 * np.pi * tone * n * time) / n**1.5 for tone in chord for n in range(1, 8))
        first = round(start * RATE)
        samples[first : first + len(note)] += note * np.exp(-3 * time)
    return samples


def siren(seconds: float, random: np.random.Generator) -> Samples:
    """A tone that goes up and down, with harmonics in the range of a voice."""
    rate = float(random.uniform(0.5, 2))
    pitch = 600 + 250 * np.sin(2 * np.pi * rate * _time(seconds))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    return _sum(np.sin(n * phase) / n for n in range(1, 5))


ALL: dict[str, Maker] = {
    "white": coloured(0),
    "pink": coloured(1),
    "brown": coloured(2),
    "swelling": swelling,
    "speech-shaped": speech_shaped,
    "hum": hum,
    "clicks": clicks,
    "music": music,
    "siren": siren,
}


def at_level(samples: Samples, decibels: float) -> Samples:
    """Brought to this RMS, in dB of full scale."""
    level = np.sqrt(np.mean(np.square(samples, dtype=np.float64)))
    return samples * np.float32(10 ** (decibels / 20) / max(float(level), 1e-9))


def _filtered(seconds: float, random: np.random.Generator, gain: Callable[[Numbers], Numbers]) -> Samples:
    length = round(seconds * RATE)
    spectrum = np.fft.rfft(random.standard_normal(length))
    frequency = np.fft.rfftfreq(length, 1 / RATE)
    return np.fft.irfft(spectrum * np.where(frequency < 20, 0, gain(frequency)), length).astype(np.float32)


def _swelling(samples: Samples, rate: float, depth: float) -> Samples:
    time = np.arange(len(samples)) / RATE
    return (samples * (1 - depth * (0.5 + 0.5 * np.cos(2 * np.pi * rate * time)))).astype(np.float32)


def _time(seconds: float) -> Numbers:
    return np.arange(round(seconds * RATE)) / RATE


def _sum(parts: Iterable[Numbers]) -> Samples:
    total: Samples = np.sum(list(parts), axis=0).astype(np.float32)
    return total
