"""Writes docs/benchmarks.md."""

from collections.abc import Sequence
from pathlib import Path

from harness.contender import Contender
from harness.report import ALIKE

OPENING = """\
# Benchmarks

<!-- Written by `{command}`; by hand: benches/notes.md -->

Whisper base, this project's engine and others, on one machine, in turn. The weights are the demo model's, widened to the shape of base
without changing what it answers (benches/README.md): each engine computes as much as for OpenAI's weights, and the text can be checked.

- **wall** and **CPU** are medians of {repeat} runs, loading the model included; CPU is user and system time of all threads. **RTF** is
  wall by length of audio. **peak** is the largest resident size of a process.
- **wrong** is the share of characters that are wrong, missing or too many, in the worst run; where nobody speaks, how many were invented.
  Speeds compare only where the texts are alike: there is no ratio beyond {alike:.0%} of difference.
- **first text** is when an engine that streams shows some; `-` where text comes at the end. **to ours**: above 1 is slower than `watchme`.
- **load avg.** is that of the last minute after a run, the highest: far above {threads} means that others used the machine too.
"""


def write(
    path: Path,
    *,
    command: str,
    date: str,
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
        OPENING.format(command=command, repeat=repeat, threads=threads, alike=ALIKE),
        "\n".join(facts),
        "## Settings",
        "\n".join(settings),
        *sections,
        notes,
    ]
    path.write_text("\n\n".join(part.strip() for part in parts) + "\n")
