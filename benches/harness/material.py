"""Sound that the benchmark's inputs are made of: a corpus of real sound if there is one, otherwise the made one."""

import zlib
from dataclasses import dataclass
from pathlib import Path

from harness import audio, clip
from harness.audio import Samples
from harness.clip import Clip, Sound


@dataclass(frozen=True)
class Material:
    name: str
    # Of the manifests: other sound makes other inputs.
    checksum: int
    # Of a minute each, in order of their time.
    day: list[Clip]
    # Of some minutes each.
    conversations: list[Clip]
    # Of some seconds each, by language.
    speech: dict[str, list[Clip]]
    # Nobody speaks, and there are no voices.
    noise: list[Clip]


# Manifests by what they hold: those of a corpus, and those that `made.corpus` makes.
CORPUS = {"day": ["day1_ja"], "conversations": ["conversations"], "speech": ["ja_real", "ja_tts", "en_real"], "noise": ["noise"]}
MADE = {"day": ["day"], "conversations": ["conversation"], "speech": ["speech", "english"], "noise": ["noise"]}


def load(corpus: Path | None, made: Path) -> Material:
    folder, names = (corpus, CORPUS) if corpus else (made, MADE)
    held = {kind: [it for name in of_kind for it in _clips(folder / f"{name}.json")] for kind, of_kind in names.items()}
    rated = [it for it in held["speech"] if it.is_rated]
    languages = sorted({it.language for it in rated})
    return Material(
        "corpus" if corpus else "made",
        zlib.crc32(b"".join((folder / f"{name}.json").read_bytes() for of_kind in names.values() for name in of_kind)),
        held["day"],
        held["conversations"],
        {language: [it for it in rated if it.language == language] for language in languages},
        [it for it in held["noise"] if it.sound is not Sound.VOICES],
    )


def samples(clip: Clip) -> Samples:
    return audio.read(clip.file) if clip.file.suffix == ".wav" else audio.decode(clip.file)


def _clips(manifest: Path) -> list[Clip]:
    return [it for case in clip.read(manifest) for it in case.clips]
