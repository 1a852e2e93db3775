"""Where and with what the figures were taken."""

import os
import platform
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.contender import Place

PACKAGES = ("faster-whisper", "ctranslate2", "onnxruntime", "openai-whisper", "torch", "numpy")


def threads() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def load() -> float:
    """How many processes wanted a core in the last minute."""
    return os.getloadavg()[0]


def machine() -> str:
    processor = _field("/proc/cpuinfo", "model name") or platform.machine()
    memory = int((_field("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 2**20
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return f"{threads()} cores of {processor}, {memory:.0f} GiB, {system}, {platform.release()}"


def versions(place: Place) -> list[str]:
    """Versions of this project, then of the peers that are installed."""
    commit = _output(place, "git", "describe", "--always", "--dirty", "--exclude=*")
    lines = [f"watchme at {commit}, {_output(place, 'rustc', '--version')}"]
    whisper_cpp = place.bench / "whisper.cpp" / "version"
    if whisper_cpp.exists():
        lines.append(f"whisper.cpp {whisper_cpp.read_text().strip()}")
    lines.append(f"Python {platform.python_version()}")
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            lines.append(f"{name} {version(name)}")
    return lines


def _field(file: str, name: str) -> str | None:
    for line in Path(file).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return None


def _output(place: Place, *command: str) -> str:
    return subprocess.run(command, cwd=place.root, capture_output=True, text=True, check=True).stdout.strip()
