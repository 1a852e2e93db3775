"""This project: one recording through `transcribe-file`, a day through the whole pipeline."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from harness.cases import DATE, DEVICE
from harness.clip import Case
from harness.contender import Heard, Place
from harness.process import Cost, both, run

# What the model's time is made of, by the engine's own clock; the last is what the others leave.
MODEL = ("encode", "keys and values for the decoder", "decode tokens")


@dataclass(frozen=True)
class Watchme:
    name: str
    model: str
    streams = False

    @property
    def settings(self) -> str:
        return f"`watchme transcribe-file`, the day `watchme import` and `transcribe`; {self.model}, all else default"

    def hear(self, case: Case, place: Place, work: Path, limit_seconds: float) -> Heard:
        environment = place.environment | {
            "WATCHME_MODELS": str(place.weights / self.model),
            "WATCHME_LANGUAGE": case.language,
            # As the others are told; unset, it would compare numbers of threads first, once on each machine.
            "WATCHME_THREADS": str(place.threads),
            "WATCHME_DATA_DIR": str(work),
            "WATCHME_AUDIO_DIR": str(case.folder),
            "WATCHME_LOG": "warn,watchme_asr=debug",
            "WATCHME_LOG_FORMAT": "json",
        }
        if not case.is_day:
            files = [it.file for it in case.clips]
            cost = run([place.program, "--json", "transcribe-file", *files], environment, work, limit_seconds)
            said = [json.loads(line) for line in cost.stdout.splitlines()]
            return _heard(cost, [it["text"] for it in said])
        imported = run([place.program, "--json", "import"], environment, work, limit_seconds)
        day = ["--device", DEVICE, "--date", DATE]
        transcribed = run([place.program, "--json", "transcribe", *day], environment, work, limit_seconds)
        saved = _saved(work)
        return _heard(both(imported, transcribed), [saved.get(it.file.parent.name, "") for it in case.clips])


def _saved(work: Path) -> dict[str, str]:
    """The texts in the store by their time block, which is also the name of a recording's folder."""
    with closing(sqlite3.connect(work / "watchme.sqlite3")) as store:
        rows = store.execute("SELECT time_block, transcription FROM vibe_whisper").fetchall()
    return {block: text or "" for block, text in rows}


def _heard(cost: Cost, texts: list[str]) -> Heard:
    load, parts = None, defaultdict[str, float](float)
    for line in cost.stderr.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        fields = entry.get("fields", entry)
        if fields.get("message") == "model loaded":
            load = float(fields["seconds"])
        if fields.get("message") == "recording transcribed":
            for name, amount in _parts(fields).items():
                parts[name] += amount
    if parts:
        # Decoding goes on beside the model, so it is no part of what is left.
        parts["load, store, start and idle"] = cost.wall_seconds - sum(parts[name] for name in MODEL)
    return Heard(cost, texts, load, dict(parts))


def _parts(fields: dict[str, float]) -> dict[str, float]:
    """What the engine logs of one recording."""
    encoder, cross = fields["encoder_seconds"], fields["cross_products_seconds"]
    seconds = (encoder, cross, fields["model_seconds"] - encoder - cross)
    beside = {"decode and resample": fields["decoding_seconds"], "VAD": fields["finding_speech_seconds"]}
    passes = {"encoder passes (count)": fields["encoder_passes"]}
    return beside | dict(zip(MODEL, seconds, strict=True)) | passes
