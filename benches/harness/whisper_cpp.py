"""whisper.cpp's own command line."""

import re
from dataclasses import dataclass
from pathlib import Path

from harness.cases import Case
from harness.contender import Heard, Place
from harness.process import run

GREEDY = "greedy, no text carried over"

SEGMENT = re.compile(r"^\[[\d:.]+ --> [\d:.]+\] *(.*)$", re.MULTILINE)

# `whisper_print_timings:   encode time =  1234.56 ms /    12 runs (...)`
TIMING = re.compile(r"whisper_print_timings: +(\w+) time = +([\d.]+) ms(?: / +(\d+) runs)?")

# What stands for the whole, and counts no work.
WHOLE = "total"


@dataclass(frozen=True)
class WhisperCpp:
    name: str
    model: str
    has_vad: bool
    streams = True

    @property
    def settings(self) -> str:
        vad = ", VAD with the Silero model that its sources carry" if self.has_vad else ""
        return f"`whisper-cli` built for this processor, passive waiting; {self.model}, {GREEDY}{vad}"

    def hear(self, case: Case, place: Place, work: Path, limit_seconds: float) -> Heard:
        program = place.bench / "whisper.cpp" / "build" / "bin" / "whisper-cli"
        options = ["-t", str(place.threads), "-l", case.language, "-bs", "1", "-bo", "1", "-mc", "0"]
        if self.has_vad:
            options += ["--vad", "-vm", str(place.bench / "whisper.cpp" / "silero.bin")]
        files = [str(it.file) for it in case.inputs]
        command = [str(program), "-m", str(place.models / self.model), *options, *files]
        # Its threads wait by spinning otherwise, and stand still where others use the cores too; `watchme` sets it for itself.
        environment = place.environment | {"OMP_WAIT_POLICY": "passive"}
        cost = run(command, environment, work, limit_seconds)
        parts, load = {}, None
        for name, milliseconds, runs in TIMING.findall(cost.stderr):
            seconds = float(milliseconds) / 1000
            load = seconds if name == "load" else load
            if name != WHOLE:
                parts[f"{name} ({runs} runs)" if name == "encode" else name] = seconds
        return Heard(cost, "".join(SEGMENT.findall(cost.stdout)), load, parts)
