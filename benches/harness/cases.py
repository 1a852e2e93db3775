"""The inputs: made once from the demo's recordings, the same on every machine."""

import json
import shutil
import zlib
from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from harness import audio
from harness.utterances import Recording, Utterance, load, manifest

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


# For each file of a case what makes it.
Makers: TypeAlias = dict[str, Callable[[Path], Input]]

NAMES = ("speech", "day", "sparse", "silence", "noise", "long", "japanese", "english")


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    folder: Path
    inputs: list[Input]
    language: str = "ja"

    @property
    def is_day(self) -> bool:
        """A day goes through the whole pipeline, one recording through the engine only."""
        return self.name == "day"

    @property
    def seconds(self) -> float:
        return sum(it.seconds for it in self.inputs)

    @property
    def speech_seconds(self) -> float:
        return sum(it.speech_seconds for it in self.inputs)


def make(folder: Path, recordings: Path, only: Container[str], *, is_quick: bool) -> list[Case]:
    """The cases named in `only`, in full or in short, made of the demo's recordings."""
    utterances = load(recordings)
    folder = folder / ("quick" if is_quick else "full")

    def minutes(full: float, quick: float) -> float:
        return 60 * (quick if is_quick else full)

    speech = minutes(5, 1 / 5)
    sparse, quiet, long = minutes(30, 1), minutes(30, 1), minutes(180, 2)
    slots = 2 if is_quick else 48

    def spoken(seconds: float, share: float) -> Callable[[Path], Input]:
        return lambda path: _spoken(path, utterances, seconds, share)

    def wordless(seconds: float, level: float) -> Callable[[Path], Input]:
        return lambda path: _wordless(path, seconds, level)

    half_hours = [f"{slot // 2:02}-{slot % 2 * 30:02}" for slot in range(slots)]
    day = {f"files/{DEVICE}/{DATE}/{block}/audio.wav": spoken(60, SPARSE) for block in half_hours}
    plans: dict[str, tuple[str, Makers]] = {
        "speech": (f"{_length(speech)} of continuous speech", {"audio.wav": spoken(speech, 1)}),
        "day": (f"a day of {slots} x 1 min, 15 % speech", day),
        "sparse": (f"{_length(sparse)}, 15 % speech", {"audio.wav": spoken(sparse, SPARSE)}),
        "silence": (f"{_length(quiet)} of silence", {"audio.wav": wordless(quiet, 0)}),
        "noise": (f"{_length(quiet)} of noise", {"audio.wav": wordless(quiet, NOISE)}),
        "long": (f"{_length(long)}, 15 % speech", {"audio.wav": spoken(long, SPARSE)}),
    }
    made = [_case(folder / name, title, makers) for name, (title, makers) in plans.items() if name in only]
    languages = {"japanese": "ja", "english": "en"}
    for name, language in languages.items():
        if name in only:
            title = f"the demo's recordings in {name.capitalize()}, as they are"
            made.append(_case(folder / name, title, _recorded(recordings, language), language))
    return made


def _length(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 3600:.0f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def _case(folder: Path, title: str, makers: Makers, language: str = "ja") -> Case:
    said = folder / "said.json"
    if not said.exists():
        inputs = [make(folder / file) for file, make in makers.items()]
        said.write_text(json.dumps([[it.text, it.seconds, it.speech_seconds] for it in inputs], ensure_ascii=False))
    facts = json.loads(said.read_text())
    inputs = [Input(folder / file, *fact) for file, fact in zip(makers, facts, strict=True)]
    return Case(folder.name, title, folder, inputs, language)


def _recorded(recordings: Path, language: str) -> Makers:
    """Copies of the recordings in a language."""

    def copy(entry: Recording) -> Callable[[Path], Input]:
        def make(path: Path) -> Input:
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(recordings / entry.file, path)
            return Input(path, entry.text, entry.seconds, entry.speech_seconds)

        return make

    return {entry.file: copy(entry) for entry in manifest(recordings) if entry.language == language}


def _spoken(path: Path, utterances: list[Utterance], seconds: float, share: float) -> Input:
    """Sentences in turn, with pauses of random length that leave `share` of the time to speech; in a room."""
    random = _random(path)
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


def _wordless(path: Path, seconds: float, level: float) -> Input:
    audio.write(path, audio.pink_noise(seconds, level, _random(path)))
    return Input(path, "", seconds, 0)


def _random(path: Path) -> np.random.Generator:
    """Its own for each input, so that one does not depend on which others are made."""
    return np.random.default_rng(zlib.crc32(path.parent.name.encode()))
