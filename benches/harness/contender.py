"""What each engine under test has in common."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.clip import Case
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
    def program(self) -> Path:
        """This project's program: one that is there already, or the release build."""
        return Path(os.environ.get("WATCHME_PROGRAM") or self.root / "target" / "release" / "watchme").resolve()

    @property
    def weights(self) -> Path:
        return self.root / "target" / "weights"

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
    # One for each clip, in order.
    texts: list[str]
    load_seconds: float | None = None
    # Where the time went, as far as the engine tells.
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "".join(self.texts)


class Contender(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def settings(self) -> str: ...

    @property
    def streams(self) -> bool:
        """True if text comes out before the end."""

    def hear(self, case: Case, place: Place, work: Path, limit_seconds: float) -> Heard: ...
