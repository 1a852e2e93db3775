"""Widens the demo model to the shape of Whisper base and writes it in each contender's format, once.

Usage: python -m models.make SMALL_GGML FOLDER WHISPER_QUANTIZE
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from models import checkpoint, ctranslate, ggml
from models.widen import BASE, widen


def main() -> None:
    source, folder, quantize = (Path(argument) for argument in sys.argv[1:4])
    folder.mkdir(parents=True, exist_ok=True)
    made: ggml.Model | None = None

    def wide() -> ggml.Model:
        nonlocal made
        made = made or widen(ggml.read(source), *BASE)
        return made

    f16, q8 = folder / "base.bin", folder / "base-q8_0.bin"
    _once(f16, lambda path: ggml.write(wide(), path))
    _once(q8, lambda path: _quantized(quantize, f16, path))
    _once(folder / "base.pt", lambda path: checkpoint.write(wide(), path))
    _once(folder / "base-ct2", lambda path: ctranslate.write(wide(), path))


def _once(path: Path, write: Callable[[Path], None]) -> None:
    """What is there is complete: it gets its name last."""
    if path.exists():
        return
    unfinished = path.with_name(f"unfinished-{path.name}")
    write(unfinished)
    unfinished.rename(path)
    print(f"made {path}", file=sys.stderr)


def _quantized(program: Path, source: Path, path: Path) -> None:
    subprocess.run([program, source, path, "q8_0"], check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
