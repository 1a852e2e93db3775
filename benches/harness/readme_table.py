"""Writes the table of README.md: what is measured of this project and of faster-whisper on real sound."""

from pathlib import Path

from harness.contenders import OURS
from harness.report import table
from harness.score import Score

PEER = "faster-whisper"

# By manifest, in the order of the table.
LABELS = {
    "day1_ja": "a day of 48 × 1 min, speech in household noise",
    "conversations": "conversations, 15 min",
    "ja_real": "Japanese clips, 4 min",
    "en_real": "English clips, 11 min",
    "noise": "622 clips of noise, 54 min: clips with invented text",
}

BEGIN, END = "<!-- measured: written by script/accuracy -->\n", "<!-- /measured -->"


def write(path: Path, *, date: str, machine: str, scores: dict[str, dict[str, Score]]) -> None:
    """Replaces the table, if all that it tells was measured."""
    if not all(name in scores and {OURS, PEER} <= scores[name].keys() for name in LABELS):
        return
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    head = [f"watchme · {PEER}", "letters wrong", "CPU time, s", "peak memory, MB"]
    rows = [[label, *_cells(scores[name][OURS], scores[name][PEER])] for name, label in LABELS.items()]
    said = f"{date}, {machine}:"
    path.write_text(f"{before}{BEGIN}{said}\n\n{table(head, rows)}\n{END}{after}")


def _cells(ours: Score, peer: Score) -> list[str]:
    if ours.letter_errors and peer.letter_errors:
        errors = _pair(ours.letter_errors.share * 100, peer.letter_errors.share * 100, "{:.1f} %")
    else:
        errors = _pair(*(sum(it.with_text for it in score.inventions.values()) for score in (ours, peer)), "{}")
    costs = (ours.heard.cost, peer.heard.cost)
    return [errors, _pair(*(it.cpu_seconds for it in costs), "{:.0f}"), _pair(*(it.peak_bytes / 1e6 for it in costs), "{:.0f}")]


def _pair(ours: float, peer: float, form: str) -> str:
    """Both numbers, the smaller one in bold."""
    bold = "**{}**".format
    texts = form.format(ours), form.format(peer)
    return f"{bold(texts[0])} · {texts[1]}" if ours <= peer else f"{texts[0]} · {bold(texts[1])}"
