"""Recordings with what is said in them, as manifests list them."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any

# Left out of error rates: digits and single words have several correct spellings, and one error is all of them.
UNRATED_KINDS = ("digits", "single word")

# Sounds that people make without speaking: they pass for voice more often than others.
BODY_CLASSES = ("coughing", "sneeze", "sneezing", "snoring")


class Sound(StrEnum):
    """What is heard where nobody speaks."""

    OTHER = "other"
    BODY = "coughs, sneezes, snores"
    VOICES = "voices without words"


@dataclass(frozen=True)
class Clip:
    """One recording."""

    file: Path
    # Accepted texts, the first as it was written down; empty where nobody speaks.
    texts: tuple[str, ...]
    seconds: float
    speech_seconds: float = 0
    language: str = "ja"
    # How it is read, where an error rate by reading makes sense.
    kana: str | None = None
    is_spoken: bool = True
    # True if its text counts for error rates.
    is_rated: bool = True
    sound: Sound = Sound.OTHER

    @property
    def text(self) -> str:
        return self.texts[0]


@dataclass(frozen=True)
class Case:
    """Recordings in one language that a contender hears in one go."""

    name: str
    title: str
    folder: Path
    clips: list[Clip]
    language: str = "ja"
    # A day goes through the whole pipeline, anything else through the engine only.
    is_day: bool = False

    @property
    def seconds(self) -> float:
        return sum(it.seconds for it in self.clips)

    @property
    def speech_seconds(self) -> float:
        return sum(it.speech_seconds for it in self.clips)

    def renamed(self, name: str) -> "Case":
        return replace(self, name=name)

    def shortened(self, limit: int | None) -> "Case":
        """Takes at most `limit` clips, evenly spaced, so that all kinds are among them."""
        if limit is None or len(self.clips) <= limit:
            return self
        step = len(self.clips) / limit
        return replace(self, clips=[self.clips[int(index * step)] for index in range(limit)])


def read(manifest: Path) -> list[Case]:
    """One case for each language of a manifest, named like its file."""
    rows = sorted(json.loads(manifest.read_text()), key=lambda row: row["language"])
    languages = {language: list(group) for language, group in groupby(rows, key=lambda row: row["language"])}
    return [
        Case(
            manifest.stem if len(languages) == 1 else f"{manifest.stem}-{language}",
            manifest.name,
            manifest.parent,
            [_clip(row, manifest.parent) for row in group],
            language,
        )
        for language, group in languages.items()
    ]


def _clip(row: dict[str, Any], folder: Path) -> Clip:
    others = row.get("text_alt") or []
    is_exact = row.get("exact", True) is True
    texts = (row["text"] or "", *([others] if isinstance(others, str) else others))
    return Clip(
        file=folder / row["file"],
        texts=texts,
        seconds=row["seconds"],
        speech_seconds=row.get("speech_seconds") or (row["seconds"] if row["text"] else 0),
        language=row["language"],
        kana=row.get("kana") or "".join(it.get("kana", "") for it in row.get("utterances", [])) or None,
        # Without a text that is sure, somebody speaks all the same.
        is_spoken=bool(row["text"]) or not is_exact,
        is_rated=is_exact and row.get("kind") not in UNRATED_KINDS,
        sound=_sound(row),
    )


def _sound(row: dict[str, Any]) -> Sound:
    if row.get("voices"):
        return Sound.VOICES
    return Sound.BODY if row.get("class") in BODY_CLASSES else Sound.OTHER
