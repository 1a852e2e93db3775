"""Writes docs/accuracy.md."""

from collections.abc import Sequence
from pathlib import Path

from harness.clip import Case, Sound
from harness.contender import Contender
from harness.report import table
from harness.score import Rate, Score

OPENING = """\
# Accuracy

<!-- Written by `{command}` -->

Texts that this project and its peers write with OpenAI's base weights, compared with what was said. Names that begin with `made-` are
of a corpus that everybody can make (benches/README.md); the others come from the folder of `WATCHME_CORPUS`.

- **by letter**, **by word** and **by reading**: edits as a share of what was said, over the clips that are rated: those with exact
  texts, without rows of digits and single words. Texts are compared in NFKC, case folded, without blanks, punctuation and symbols;
  blanks and punctuation separate words, an apostrophe joins them. Of several accepted texts the nearest counts. By reading, Japanese
  texts are compared in kana (Open JTalk), so that 暑い for 熱い is no error.
- **replaced, missing, inserted**: these edits by letter.
- **lost**: clips in which somebody speaks and nothing was written. **stock phrases**: clips with a farewell or a credit of a video
  that nobody said.
- **invented**: clips in which nobody speaks and something was written, and its letters; separate columns for clips of coughs,
  sneezes and snores, and for those with voices without words.
- **CPU** is user and system time of all threads, loading included. Peers' figures may come from an earlier run on the same files:
  [benchmarks.md](benchmarks.md) compares time and memory.
"""


HEAD = [
    "contender",
    "by letter",
    "by word",
    "by reading",
    "replaced, missing, inserted",
    "lost",
    "stock phrases",
    "invented",
    "over coughs, sneezes, snores",
    "over voices without words",
    "CPU s",
    "wall s",
    "peak MB",
]


def section(case: Case, scores: dict[str, Score]) -> str:
    minutes = case.seconds / 60
    said = f", {case.speech_seconds / 60:.1f} min of them speech" if case.speech_seconds else ""
    lines = [f"## `{case.name}`", f"{len(case.clips)} recordings, {minutes:.1f} min{said}; `{case.language}`."]
    rows = [[name, *_cells(score)] for name, score in scores.items()]
    columns = [index for index in range(len(HEAD)) if index == 0 or any(row[index] for row in rows)]
    return "\n\n".join([*lines, table([HEAD[index] for index in columns], [[row[index] for index in columns] for row in rows])])


def _cells(score: Score) -> list[str]:
    edits = score.letter_errors.edits if score.letter_errors else None
    invented = {sound: f"{it.with_text} of {it.clips}, {it.letters} letters" for sound, it in score.inventions.items()}
    cost = score.heard.cost
    return [
        _share(score.letter_errors),
        _share(score.word_errors),
        _share(score.kana_errors),
        f"{edits.replaced}, {edits.missing}, {edits.inserted}" if edits else "",
        f"{score.lost} of {score.spoken}" if score.spoken else "",
        str(score.stock_phrases),
        *(invented.get(sound, "") for sound in Sound),
        f"{cost.cpu_seconds:.1f}",
        f"{cost.wall_seconds:.1f}",
        f"{cost.peak_bytes / 1e6:.0f}",
    ]


def _share(rate: Rate | None) -> str:
    return f"{rate.share:.1%}" if rate else ""


def write(
    path: Path,
    *,
    command: str,
    date: str,
    machine: str,
    load: float,
    versions: Sequence[str],
    contenders: Sequence[Contender],
    sections: Sequence[str],
) -> None:
    facts = [
        f"- **Machine**: {machine}; load average at the end {load:.1f}",
        f"- **Date**: {date}",
        f"- **Command**: `{command}`",
        f"- **Versions**: {'; '.join(versions)}",
    ]
    settings = [f"- `{it.name}`: {it.settings}." for it in contenders]
    parts = [OPENING.format(command=command), "\n".join(facts), "## Settings", "\n".join(settings), *sections]
    path.write_text("\n\n".join(part.strip() for part in parts) + "\n")
