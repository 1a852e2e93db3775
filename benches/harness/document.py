"""Writes docs/benchmarks.md."""

from collections.abc import Sequence
from pathlib import Path

from harness.contender import Contender
from harness.report import ALIKE

OPENING = """\
# Benchmarks

<!-- Written by `{command}`; by hand: benches/notes.md -->

Whisper base with OpenAI's weights, this project's engine and others, on one machine, in turn. The sound is {material}
(benches/README.md). [accuracy.md](accuracy.md) compares the texts on more sound, also by word and by reading.

- **wall** and **CPU** are medians of {repeat} runs, loading the model included; CPU is user and system time of all threads. **RTF** is
  wall by length of audio. **peak** is the largest resident size of a process.
- **errors** is the share of letters that are wrong, missing or too many, in the worst run; **invented** is the number of letters
  written of recordings in which nobody speaks. Speeds compare only where the texts are alike: there is no ratio beyond
  {alike:.0%} of difference.
- **first text** is the time until an engine that streams shows some; `-` if text comes at the end. **to ours**: above 1 is slower than `watchme`.
- **load avg.** is the highest load of the last minute after a run: far above {threads} means that others used the machine too.
"""


def write(
    path: Path,
    *,
    command: str,
    date: str,
    material: str,
    repeat: int,
    threads: int,
    machine: str,
    versions: Sequence[str],
    contenders: Sequence[Contender],
    sections: Sequence[str],
    notes: str,
) -> None:
    facts = [f"- **Machine**: {machine}", f"- **Date**: {date}", f"- **Command**: `{command}`"]
    facts.append(f"- **Versions**: {'; '.join(versions)}")
    settings = [f"- `{it.name}`: {it.settings}; {threads} threads." for it in contenders]
    parts = [
        OPENING.format(command=command, material=material, repeat=repeat, threads=threads, alike=ALIKE),
        "\n".join(facts),
        "## Settings",
        "\n".join(settings),
        *sections,
        notes,
    ]
    path.write_text("\n\n".join(part.strip() for part in parts) + "\n")
