"""Tells the results, as tables in Markdown."""

from harness.clip import Case
from harness.contenders import OURS
from harness.results import Result

# Error rates that differ by more than this are of other texts: neither speed says anything about the other.
ALIKE = 0.1

HEAD = [
    "contender",
    "wall s",
    "slowest",
    "CPU s",
    "RTF",
    "peak MB",
    "errors",
    "invented",
    "first text s",
    "load s",
    "wall to ours",
    "CPU to ours",
    "load avg.",
]


def case_section(case: Case, results: list[Result]) -> str:
    ours = next((it for it in results if it.contender.name == OURS and it.runs), None)
    share = f", {case.speech_seconds / case.seconds:.0%} of it speech" if case.speech_seconds else ""
    rows = [_row(result, ours) for result in results if result.runs]
    lines = [f"## `{case.name}`: {case.title}", f"{case.seconds:.0f} s of audio{share}.", table(HEAD, rows)]
    lines += [f"`{it.contender.name}` failed: {it.failure}" for it in results if it.failure]
    lines += [_parts(result) for result in results if result.runs and result.parts()]
    return "\n\n".join(lines)


def table(head: list[str], rows: list[list[str]]) -> str:
    """With columns as wide as their cells, so that it can be read as it is."""
    cells = [head, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _row(result: Result, ours: Result | None) -> list[str]:
    return [
        result.contender.name,
        f"{result.wall:.2f}",
        f"{result.slowest:.2f}",
        f"{result.cpu:.2f}",
        f"{result.real_time_factor:.4f}",
        f"{result.peak_bytes / 1e6:.0f}",
        "-" if result.error_rate is None else f"{result.error_rate:.1%}",
        str(result.invented),
        _seconds(result.first_text),
        _seconds(result.load_seconds),
        f"{result.wall / ours.wall:.2f}" if ours and _is_alike(result, ours) else "-",
        f"{result.cpu / ours.cpu:.2f}" if ours and _is_alike(result, ours) else "-",
        f"{max(result.loads):.1f}",
    ]


def _is_alike(result: Result, ours: Result) -> bool:
    return abs((result.error_rate or 0) - (ours.error_rate or 0)) <= ALIKE


def _parts(result: Result) -> str:
    parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in result.parts().items())
    return f"Seconds of `{result.contender.name}` by its own clock: {parts}."


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f}"
