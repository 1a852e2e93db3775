"""The engines that are Python libraries, each run by a script of its own below `peers/`."""

import json
from dataclasses import dataclass
from pathlib import Path

from harness import audio
from harness.clip import Case
from harness.contender import Heard, Place
from harness.process import run


@dataclass(frozen=True)
class PythonPeer:
    name: str
    script: str
    model: str
    options: tuple[str, ...]
    settings: str
    streams: bool
    wants_wav: bool = False

    def hear(self, case: Case, place: Place, work: Path, limit_seconds: float) -> Heard:
        script = place.root / "benches" / "peers" / self.script
        options = [*self.options, "--threads", str(place.threads), "--model", str(place.weights / self.model)]
        options += ["--language", case.language]
        paths = audio.as_wav(case.clips, place.bench / "wav") if self.wants_wav else [it.file for it in case.clips]
        files = [str(path) for path in paths]
        environment = place.environment | {"OMP_NUM_THREADS": str(place.threads)}
        cost = run([place.python, script, *options, *files], environment, work, limit_seconds)
        texts, load = dict.fromkeys(files, ""), None
        for line in cost.stdout.splitlines():
            said = json.loads(line)
            if "file" in said:
                texts[said["file"]] += said["text"]
            load = said.get("load_seconds", load)
        return Heard(cost, list(texts.values()), load)
