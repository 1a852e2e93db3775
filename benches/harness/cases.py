"""The inputs: made once from the demo's recordings, the same on every machine."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from harness import audio
from harness.utterances import Utterance

# RMS of the room behind speech, -48 dBFS: above the level gate of this project's engine, so that
# nobody is spared the pauses by it.
ROOM = 0.004

# RMS of the noise that is no speech, that of the demo's `noise.wav`.
NOISE = 0.03

# The share of speech in a recording of daily life.
SPARSE = 0.15

DEVICE = "00000000-0000-4000-8000-000000000001"
DATE = "2026-11-01"


@dataclass(frozen=True)
class Input:
    """One recording: its file, what is said in it, and for how long."""

    file: Path
    text: str
    seconds: float
    speech_seconds: float


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    folder: Path
    inputs: list[Input] = field(default_factory=list)
    # A day goes through the whole pipeline, files through the engine only.
    is_day: bool = False

    @property
    def seconds(self) -> float:
        return sum(it.seconds for it in self.inputs)

    @property
    def speech_seconds(self) -> float:
        return sum(it.speech_seconds for it in self.inputs)


def make(folder: Path, utterances: list[Utterance], *, is_quick: bool) -> list[Case]:
    """All cases, in full or in short."""
    folder = folder / ("quick" if is_quick else "full")

    def minutes(full: float, quick: float) -> float:
        return 60 * (quick if is_quick else full)

    speech = minutes(5, 1)
    sparse, quiet, long = minutes(30, 3), minutes(30, 5), minutes(180, 10)
    slots = 6 if is_quick else 48
    random = np.random.default_rng(2026)

    def spoken(seconds: float, share: float) -> Callable[[Path], Input]:
        return lambda path: _spoken(path, utterances, seconds, share, random)

    def wordless(seconds: float, level: float) -> Callable[[Path], Input]:
        return lambda path: _wordless(path, seconds, level, random)

    half_hours = [f"{slot // 2:02}-{slot % 2 * 30:02}" for slot in range(slots)]
    day = {f"files/{DEVICE}/{DATE}/{block}/audio.wav": spoken(60, SPARSE) for block in half_hours}
    return [
        _case(folder, "speech", f"{_length(speech)} of continuous speech", {"audio.wav": spoken(speech, 1)}),
        _case(folder, "day", f"a day of {slots} x 1 min, 15 % speech", day, is_day=True),
        _case(folder, "sparse", f"{_length(sparse)}, 15 % speech", {"audio.wav": spoken(sparse, SPARSE)}),
        _case(folder, "silence", f"{_length(quiet)} of silence", {"audio.wav": wordless(quiet, 0)}),
        _case(folder, "noise", f"{_length(quiet)} of noise", {"audio.wav": wordless(quiet, NOISE)}),
        _case(folder, "long", f"{_length(long)}, 15 % speech", {"audio.wav": spoken(long, SPARSE)}),
    ]


def _length(seconds: float) -> str:
    return f"{seconds / 3600:.0f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def _case(
    root: Path, name: str, title: str, makers: dict[str, Callable[[Path], Input]], *, is_day: bool = False
) -> Case:
    folder = root / name
    said = folder / "said.json"
    if not said.exists():
        inputs = [make(folder / file) for file, make in makers.items()]
        said.write_text(json.dumps([[it.text, it.seconds, it.speech_seconds] for it in inputs], ensure_ascii=False))
    facts = json.loads(said.read_text())
    inputs = [Input(folder / file, *fact) for file, fact in zip(makers, facts, strict=True)]
    return Case(name, title, folder, inputs, is_day)


def _spoken(
    path: Path, utterances: list[Utterance], seconds: float, share: float, random: np.random.Generator
) -> Input:
    """Sentences in turn, with pauses of random length that leave `share` of the time to speech; in a room."""
    samples = audio.pink_noise(seconds, ROOM, random)
    said, speech, at = [], 0.0, 0.0
    while True:
        utterance = utterances[int(random.integers(len(utterances)))]
        pause = 0.3 + float(random.exponential(utterance.seconds * (1 / share - 1)))
        start = at + pause
        at = start + utterance.seconds
        if at + 0.3 > seconds:
            break
        first = round(start * audio.RATE)
        samples[first : first + len(utterance.samples)] += utterance.samples
        said.append(utterance.text)
        speech += utterance.seconds
    audio.write(path, samples)
    return Input(path, "".join(said), seconds, speech)


def _wordless(path: Path, seconds: float, level: float, random: np.random.Generator) -> Input:
    audio.write(path, audio.pink_noise(seconds, level, random))
    return Input(path, "", seconds, 0)
