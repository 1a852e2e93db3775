"""What each engine under test has in common."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.cases import Case
from harness.process import Cost


@dataclass(frozen=True)
class Place:
    """Where everything is that a contender needs."""

    root: Path
    threads: int

    @property
    def bench(self) -> Path:
        return self.root / "target" / "bench"

    @property
    def models(self) -> Path:
        return self.bench / "models"

    @property
    def python(self) -> Path:
        return self.bench / "venv" / "bin" / "python"

    @property
    def environment(self) -> dict[str, str]:
        """Nothing of the user's own settings, and no download."""
        kept = {name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ}
        return kept | {"HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class Heard:
    """One run over one case."""

    cost: Cost
    text: str
    load_seconds: float | None = None
    # Where the time went, as far as the engine tells.
    parts: dict[str, float] = field(default_factory=dict)


class Contender(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> str: ...

    @property
    def streams(self) -> bool:
        """Whether text comes out before the end."""

    def hear(self, case: Case, place: Place, work: Path, limit_seconds: float) -> Heard: ...
