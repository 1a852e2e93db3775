"""Inputs of the benchmark, written once from real or made sound, and the same in every run."""

import json
import zlib
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import TypeAlias

import numpy as np

from harness import audio, clip
from harness.audio import RATE, Samples
from harness.clip import Case, Clip
from harness.material import Material, samples

DEVICE = "00000000-0000-4000-8000-000000000001"
DATE = "2026-11-01"

# RMS of a silent room in dB of full scale: above the level below which `watchme` takes a recording for silence.
ROOM = -48

# A recording of a case: the name of its file, and the clips that it is joined from.
Plan: TypeAlias = tuple[str, list[Clip]]

NAMES = ("conversation", "japanese", "english", "day", "halfhours", "silence", "noise", "long")
DAYS = ("day", "halfhours")


def make(folder: Path, material: Material, only: Container[str], *, is_quick: bool) -> list[Case]:
    """Makes the cases named in `only`, in full or in short."""
    folder = folder / f"{material.name}-{material.checksum:08x}-{'quick' if is_quick else 'full'}"
    slots = 4 if is_quick else 48
    half_hour, hours = (2, 4) if is_quick else (30, 180)
    few = 5 if is_quick else None
    # From all over the day: at night nobody speaks.
    day = material.day[:: len(material.day) // slots] if is_quick else material.day
    plans: dict[str, tuple[str, Callable[[], Iterable[Plan]]]] = {
        "conversation": ("continuous conversation, one recording", lambda: [("audio.wav", material.conversations[: few and 1])]),
        "japanese": ("clips in Japanese", lambda: _each(material.speech["ja"][:few])),
        "english": ("clips in English", lambda: _each(material.speech["en"][:few])),
        "day": (f"a day of {slots} x 1 min, through store and pipeline", lambda: _slots(slots, cycle([it] for it in day))),
        "halfhours": (
            f"a day of {slots} x {half_hour} min, through store and pipeline",
            lambda: _slots(slots, _drawn("halfhours", day, half_hour)),
        ),
        "silence": (f"{half_hour} min of a silent room", lambda: [("audio.wav", [])]),
        "noise": (f"{half_hour} min of noise", lambda: [("audio.wav", _lasting(material.noise, 60 * half_hour))]),
        "long": (f"{hours} min, one recording", lambda: [("audio.wav", next(_drawn("long", day, hours)))]),
    }
    silence = 60 * half_hour
    return [_case(folder / name, title, plan, silence) for name, (title, plan) in plans.items() if name in only]


def _case(folder: Path, title: str, plan: Callable[[], Iterable[Plan]], silence: float) -> Case:
    manifest = folder / "clips.json"
    if not manifest.exists():
        rows = []
        for file, parts in plan():
            joined = np.concatenate([samples(part) for part in parts]) if parts else _room(silence)
            audio.write(folder / file, joined)
            rows.append(
                {
                    "file": file,
                    "language": parts[0].language if parts else "ja",
                    "text": " ".join(part.text for part in parts if part.text),
                    "seconds": len(joined) / RATE,
                    "speech_seconds": sum(part.speech_seconds for part in parts),
                }
            )
        # Last, so that what is there is whole.
        manifest.write_text(json.dumps(rows, ensure_ascii=False))
    (case,) = clip.read(manifest)
    return replace(case, name=folder.name, title=title, is_day=folder.name in DAYS)


def _each(clips: list[Clip]) -> Iterator[Plan]:
    for number, it in enumerate(clips):
        yield f"{number:03}.wav", [it]


def _slots(count: int, parts: Iterator[list[Clip]]) -> Iterator[Plan]:
    for slot in range(count):
        yield f"files/{DEVICE}/{DATE}/{slot // 2:02}-{slot % 2 * 30:02}/audio.wav", next(parts)


def _drawn(name: str, minutes: list[Clip], count: int) -> Iterator[list[Clip]]:
    """Draws `count` minutes of a day at random for each recording, which keeps the share of speech."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    while True:
        yield [minutes[int(index)] for index in random.integers(len(minutes), size=count)]


def _lasting(clips: list[Clip], seconds: float) -> list[Clip]:
    """Takes clips for this time, in an order that is random but always the same."""
    random = np.random.default_rng(zlib.crc32(b"noise"))
    taken: list[Clip] = []
    total = 0.0
    for index in cycle(random.permutation(len(clips))):
        if total >= seconds:
            return taken
        taken.append(clips[int(index)])
        total += clips[int(index)].seconds
    return taken


def _room(seconds: float) -> Samples:
    return audio.pink_noise(seconds, 10 ** (ROOM / 20), np.random.default_rng(0))
