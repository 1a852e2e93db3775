"""The runs of each contender over each case, and their medians."""

from dataclasses import dataclass, field
from functools import cached_property
from statistics import median

from harness.clip import Case
from harness.contender import Contender, Heard
from harness.score import Score, score


@dataclass
class Result:
    """What one contender did with one case."""

    case: Case
    contender: Contender
    runs: list[Heard] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    failure: str | None = None

    @property
    def wall(self) -> float:
        return median(run.cost.wall_seconds for run in self.runs)

    @property
    def slowest(self) -> float:
        return max(run.cost.wall_seconds for run in self.runs)

    @property
    def cpu(self) -> float:
        return median(run.cost.cpu_seconds for run in self.runs)

    @property
    def peak_bytes(self) -> int:
        return max(run.cost.peak_bytes for run in self.runs)

    @property
    def real_time_factor(self) -> float:
        return self.wall / self.case.seconds

    @property
    def first_text(self) -> float | None:
        """Seconds; `None` where it comes with the rest, or never."""
        seconds = [run.cost.first_text_seconds for run in self.runs if run.text]
        known = [value for value in seconds if value is not None]
        return median(known) if known and self.contender.streams else None

    @property
    def load_seconds(self) -> float | None:
        known = [run.load_seconds for run in self.runs if run.load_seconds is not None]
        return median(known) if known else None

    @cached_property
    def scores(self) -> list[Score]:
        return [score(self.case, run) for run in self.runs]

    @property
    def error_rate(self) -> float | None:
        """Of the worst run, by letter; `None` where nothing was said."""
        rates = [it.letter_errors.share for it in self.scores if it.letter_errors]
        return max(rates) if rates else None

    @property
    def invented(self) -> int:
        """Letters in recordings in which nobody speaks, of the worst run."""
        return max(sum(it.letters for it in found.inventions.values()) for found in self.scores)

    def parts(self) -> dict[str, float]:
        """Where the time of the run in the middle went."""
        return sorted(self.runs, key=lambda run: run.cost.wall_seconds)[len(self.runs) // 2].parts
