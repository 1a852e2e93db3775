"""The Japanese sentences of the demo's recordings, each with its text."""

import json
from dataclasses import dataclass
from pathlib import Path

from harness import audio

# Kept before and after a sentence that is cut from a conversation; the shortest pause there is 0.5 s.
MARGIN = 0.15


@dataclass(frozen=True)
class Utterance:
    samples: audio.Samples
    text: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / audio.RATE


def load(folder: Path) -> list[Utterance]:
    utterances = []
    for entry in json.loads((folder / "manifest.json").read_text()):
        if entry["language"] != "ja":
            continue
        samples = audio.read(folder / entry["file"])
        if entry["kind"] == "short":
            utterances.append(Utterance(samples, entry["text"]))
        for segment in entry.get("segments", []):
            start, end = segment["start"] - MARGIN, segment["end"] + MARGIN
            cut = samples[round(start * audio.RATE) : round(end * audio.RATE)]
            utterances.append(Utterance(cut, segment["text"]))
    return utterances
