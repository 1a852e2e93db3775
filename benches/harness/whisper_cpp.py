"""whisper.cpp's own command line."""

import re
from dataclasses import dataclass
from pathlib import Path

from harness.cases import Case
from harness.contender import Heard, Place
from harness.process import run

SEGMENT = re.compile(r"^\[[\d:.]+ --> [\d:.]+\] *(.*)$", re.MULTILINE)

# `whisper_print_timings:   encode time =  1234.56 ms / ...`
TIMING = re.compile(r"whisper_print_timings: +(\w+) time = +([\d.]+) ms")


@dataclass(frozen=True)
class WhisperCpp:
    name: str
    model: str
    has_vad: bool
    streams = True

    @property
    def settings(self) -> str:
        vad = ", VAD with the Silero model that its sources carry" if self.has_vad else ""
        return f"`whisper-cli` built for this processor; {self.model}, greedy, no text carried over{vad}"

    def hear(self, case: Case, place: Place, work: Path, limit_seconds: float) -> Heard:
        program = place.bench / "whisper.cpp" / "build" / "bin" / "whisper-cli"
        options = ["-t", str(place.threads), "-l", "ja", "-bs", "1", "-bo", "1", "-mc", "0"]
        if self.has_vad:
            options += ["--vad", "-vm", str(place.bench / "whisper.cpp" / "silero.bin")]
        files = [str(it.file) for it in case.inputs]
        command = [program, "-m", place.models / self.model, *options, *files]
        cost = run(command, place.environment, work, limit_seconds)
        parts = {name: float(milliseconds) / 1000 for name, milliseconds in TIMING.findall(cost.stderr)}
        parts.pop("total", None)
        return Heard(cost, "".join(SEGMENT.findall(cost.stdout)), parts.get("load"), parts)
