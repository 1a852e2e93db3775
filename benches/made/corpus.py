"""Makes a corpus once: manifests and recordings in the form of those of real sound.

Usage: python -m made.corpus FOLDER
"""

import json
import sys
import zlib
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from harness import audio
from harness.audio import RATE, Samples
from made import sounds, voices
from made.sounds import at_level
from made.voices import Utterance

Row: TypeAlias = dict[str, Any]

# Must change whenever other sound is made.
VERSION = "1"

# Level of the voice in dB of full scale, signal-to-noise ratio in dB, seconds in which the echo falls by 60 dB.
DISTANCES = {"near": (-22, 20, 0), "mid": (-32, 12, 0.3), "far": (-42, 6, 0.5)}

MINUTE = 60

DEMO = Path(__file__).parents[2] / "models" / "recordings"


def main() -> None:
    folder = Path(sys.argv[1])
    done = folder / "version"
    if done.exists() and done.read_text() == VERSION:
        return
    utterances = voices.load(folder / "voices")
    manifests = {
        "speech": list(_speech(utterances)),
        "conversation": [_conversation(utterances)],
        "day": list(_day(utterances)),
        "noise": list(_noise()),
        "english": list(_english()),
    }
    for name, recordings in manifests.items():
        rows = []
        for samples, row in recordings:
            file = f"{name}/{row.pop('name')}.wav"
            audio.write(folder / file, samples)
            rows.append({"language": "ja"} | row | {"file": file, "seconds": len(samples) / RATE})
        (folder / f"{name}.json").write_text(json.dumps(rows, ensure_ascii=False, indent=1))
        print(f"made {folder / name}.json", file=sys.stderr)
    done.write_text(VERSION)


def _speech(utterances: list[Utterance]) -> Iterator[tuple[Samples, Row]]:
    """One sentence each, near, mid and far in turn, in a quiet room."""
    for number, (utterance, distance) in enumerate(zip(utterances, cycle(DISTANCES), strict=False)):
        random = _random(f"speech {number}")
        samples = np.zeros(round((utterance.seconds + 1.5) * RATE), np.float32)
        _add(samples, utterance, 0.7, distance, random)
        level, _, _ = DISTANCES[distance]
        samples += at_level(sounds.coloured(1)(len(samples) / RATE, random), level - 25)
        yield samples, _row(f"{number:02}-{distance}", [utterance])


def _conversation(utterances: list[Utterance]) -> tuple[Samples, Row]:
    """Five minutes with pauses of 0.3 to 2 s."""
    random = _random("conversation")
    samples = at_level(sounds.coloured(1)(5 * MINUTE, random), -55)
    said = _fill(samples, utterances, "near", 1.0, random)
    return samples, _row("conversation", said)


def _day(utterances: list[Utterance]) -> Iterator[tuple[Samples, Row]]:
    """Twenty-four minutes in the noise of a household, every other one without a voice."""
    distances = cycle(DISTANCES)
    for slot, noise in zip(range(24), cycle(sounds.ALL), strict=False):
        random = _random(f"day {slot}")
        distance = next(distances) if slot % 2 else "near"
        level, above, _ = DISTANCES[distance]
        samples = at_level(sounds.ALL[noise](MINUTE, random), level - above)
        said = _fill(samples, utterances, distance, 10.0, random) if slot % 2 else []
        yield samples, _row(f"{slot:02}-{noise}-{distance if said else 'none'}", said)


def _noise() -> Iterator[tuple[Samples, Row]]:
    """Ten seconds of each sound from faint to loud, digital silence, and noise in the last bit."""
    for name, sound in sounds.ALL.items():
        for level in (-60, -45, -30, -15):
            yield at_level(sound(10, _random(f"noise {name} {level}")), level), _row(f"{name}{level}", [])
    yield np.zeros(10 * RATE, np.float32), _row("zeros", [])
    yield at_level(sounds.coloured(0)(10, _random("noise last bit")), -90), _row("last-bit", [])


def _english() -> Iterator[tuple[Samples, Row]]:
    """The demo's clips: synthetic voices of another kind, in English."""
    for entry in json.loads((DEMO / "manifest.json").read_text()):
        if entry["language"] == "en" and "text" in entry:
            row = {"name": Path(entry["file"]).stem, "language": "en", "text": entry["text"], "speech_seconds": entry["duration"]}
            yield audio.read(DEMO / entry["file"]), row


def _fill(samples: Samples, utterances: list[Utterance], distance: str, pause: float, random: np.random.Generator) -> list[Utterance]:
    """Adds random sentences with pauses of this length on average, and returns them."""
    said: list[Utterance] = []
    at = 0.5
    while True:
        utterance = utterances[int(random.integers(len(utterances)))]
        at += 0.3 + float(random.exponential(pause))
        if at + utterance.seconds + 0.5 > len(samples) / RATE:
            return said
        _add(samples, utterance, at, distance, random)
        said.append(utterance)
        at += utterance.seconds


def _add(samples: Samples, utterance: Utterance, at: float, distance: str, random: np.random.Generator) -> None:
    level, _, echo = DISTANCES[distance]
    voice = at_level(_in_room(utterance.samples, echo, random), level)
    first = round(at * RATE)
    end = min(len(samples), first + len(voice))
    samples[first:end] += voice[: end - first]


def _in_room(samples: Samples, echo: float, random: np.random.Generator) -> Samples:
    """Adds an echo that falls by 60 dB in this many seconds."""
    if not echo:
        return samples
    count = round(echo * RATE)
    response = random.standard_normal(count) * 10 ** (-3 * np.arange(count) / count) * 0.05
    response[0] = 1
    length = len(samples) + count
    return np.fft.irfft(np.fft.rfft(samples, length) * np.fft.rfft(response, length), length).astype(np.float32)


def _row(name: str, said: list[Utterance]) -> Row:
    return {
        "name": name,
        "text": "".join(it.text for it in said),
        "kana": "".join(it.kana for it in said),
        "speech_seconds": sum(it.seconds for it in said),
    }


def _random(name: str) -> np.random.Generator:
    """Its own for each recording, so that one does not depend on which others are made."""
    return np.random.default_rng(zlib.crc32(name.encode()))


if __name__ == "__main__":
    main()
