"""Keeps the results of peers by their settings and the contents of the files, so that a repeat costs nothing."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from harness.clip import Case
from harness.contender import Contender, Heard
from harness.process import Cost


class Cache:
    def __init__(self, folder: Path, versions: list[str]) -> None:
        self._folder = folder
        self._versions = versions

    def heard(self, case: Case, contender: Contender, hear: Callable[[], Heard]) -> Heard:
        """Returns the kept result, or calls `hear` and keeps its result."""
        path = self._folder / f"{self._key(case, contender)}.json"
        if path.exists():
            kept = json.loads(path.read_text())
            return Heard(Cost(**kept.pop("cost")), **kept)
        heard = hear()
        self._folder.mkdir(parents=True, exist_ok=True)
        # The output is large, and the texts of it are kept anyway.
        lean = dataclasses.replace(heard, cost=dataclasses.replace(heard.cost, stdout="", stderr=""))
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(dataclasses.asdict(lean), ensure_ascii=False))
        unfinished.rename(path)
        return heard

    def _key(self, case: Case, contender: Contender) -> str:
        files = [_checksum(clip.file) for clip in case.clips]
        facts = [contender.name, contender.settings, self._versions, case.language, files]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
