"""The demo's recordings with their texts, and the Japanese sentences in them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness import audio

# Kept before and after a sentence that is cut from a conversation; the shortest pause there is 0.5 s.
MARGIN = 0.15


@dataclass(frozen=True)
class Sentence:
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Recording:
    """One of the demo's recordings in which somebody speaks."""

    file: str
    language: str
    seconds: float
    sentences: list[Sentence]
    is_conversation: bool

    @property
    def text(self) -> str:
        return "".join(it.text for it in self.sentences)

    @property
    def speech_seconds(self) -> float:
        return sum(it.end - it.start for it in self.sentences)


@dataclass(frozen=True)
class Utterance:
    samples: audio.Samples
    text: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / audio.RATE


def manifest(folder: Path) -> list[Recording]:
    entries = json.loads((folder / "manifest.json").read_text())
    return [_recording(entry) for entry in entries if entry["language"]]


def load(folder: Path) -> list[Utterance]:
    utterances = []
    for recording in manifest(folder):
        if recording.language != "ja":
            continue
        samples = audio.read(folder / recording.file)
        if not recording.is_conversation:
            utterances.append(Utterance(samples, recording.text))
            continue
        for sentence in recording.sentences:
            start, end = sentence.start - MARGIN, sentence.end + MARGIN
            cut = samples[round(start * audio.RATE) : round(end * audio.RATE)]
            utterances.append(Utterance(cut, sentence.text))
    return utterances


def _recording(entry: dict[str, Any]) -> Recording:
    seconds = entry["duration"]
    whole = [{"start": 0, "end": seconds, "text": entry.get("text")}]
    sentences = [Sentence(it["start"], it["end"], it["text"]) for it in entry.get("segments", whole)]
    return Recording(entry["file"], entry["language"], seconds, sentences, "segments" in entry)
