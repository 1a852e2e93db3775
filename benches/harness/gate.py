"""Bounds that this project's accuracy must keep, read from a file."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from harness.clip import Sound
from harness.score import Rate, Score

# The largest allowed value of each measure, for each case.
Bounds: TypeAlias = Mapping[str, Mapping[str, float]]


def read(path: Path) -> Bounds:
    return tomllib.loads(path.read_text())


def broken(name: str, score: Score, bounds: Mapping[str, float]) -> Iterator[str]:
    """Yields a line for every bound that does not hold."""
    found = _measures(score)
    for measure, bound in bounds.items():
        value = found.get(measure)
        if value is None:
            yield f"{name}: there is no {measure}; it is one of {', '.join(found)}"
        elif value > bound:
            yield f"{name}: {measure} is {value:.4g}, allowed is {bound:.4g}"


def _measures(score: Score) -> dict[str, float]:
    def share(rate: Rate | None) -> dict[str, float]:
        return {} if rate is None else {"": rate.share, "_inserted": rate.edits.inserted / rate.said}

    rates = {"letter_errors": score.letter_errors, "word_errors": score.word_errors, "kana_errors": score.kana_errors}
    measures = {f"{name}{kind}": value for name, rate in rates.items() for kind, value in share(rate).items()}
    measures |= {"lost_clips": score.lost, "stock_phrases": score.stock_phrases}
    for sound in Sound:
        if invented := score.inventions.get(sound):
            measures[f"invented_{sound.name.lower()}"] = invented.with_text
    return measures
