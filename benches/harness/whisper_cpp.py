"""whisper.cpp's own command line."""

import re
from dataclasses import dataclass
from pathlib import Path

from harness import audio
from harness.clip import Case
from harness.contender import Heard, Place
from harness.process import run

GREEDY = "greedy, no text carried over"

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
        texts = [work / f"{number}.txt" for number in range(len(case.clips))]
        for text in texts:
            options += ["-of", str(text.with_suffix(""))]
        files = audio.as_wav(case.clips, place.bench / "wav")
        command: list[str | Path] = [program, "-m", place.weights / self.model, *options, "-otxt", *files]
        # Its threads wait by spinning otherwise, and stand still where others use the cores too; `watchme` sets it for itself.
        environment = place.environment | {"OMP_WAIT_POLICY": "passive"}
        cost = run(command, environment, work, limit_seconds)
        parts, load = {}, None
        for name, milliseconds, runs in TIMING.findall(cost.stderr):
            seconds = float(milliseconds) / 1000
            load = seconds if name == "load" else load
            if name != WHOLE:
                parts[f"{name} ({runs} runs)" if name == "encode" else name] = seconds
        return Heard(cost, [text.read_text() for text in texts], load, parts)
