"""The engines that are Python libraries, each run by a script of its own below `peers/`."""

import json
from dataclasses import dataclass
from pathlib import Path

from harness.cases import Case
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

    def hear(self, case: Case, place: Place, work: Path, limit_seconds: float) -> Heard:
        script = place.root / "benches" / "peers" / self.script
        options = [*self.options, "--threads", str(place.threads), "--model", str(place.models / self.model)]
        options += ["--language", case.language]
        files = [str(it.file) for it in case.inputs]
        environment = place.environment | {"OMP_NUM_THREADS": str(place.threads)}
        cost = run([place.python, script, *options, *files], environment, work, limit_seconds)
        text, load = "", None
        for line in cost.stdout.splitlines():
            said = json.loads(line)
            text += said.get("text", "")
            load = said.get("load_seconds", load)
        return Heard(cost, text, load)
