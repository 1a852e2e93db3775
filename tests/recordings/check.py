"""Makes the recordings of kinds.py and checks what the program makes of them. Called by script/test-recordings."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from kinds import KINDS

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "models/ggml-synth-tiny.bin"
SOURCE = ROOT / "models/recordings/ja-03.wav"

# Encoders add up to a block at either end; the longest are those of Microsoft's ADPCM.
TOLERANCE_SECONDS = 0.15


def make(folder, pattern):
    """Makes each recording whose name contains the pattern; others are made of some of them."""
    made = {}
    for name, maker, _ in sorted(KINDS, key=lambda kind: callable(kind[1])):
        path = folder / name
        if callable(maker):
            path.write_bytes(maker(made))
        else:
            subprocess.run(["ffmpeg", "-y", "-v", "error", "-bitexact", "-i", SOURCE, *maker, path], check=True, stdin=subprocess.DEVNULL)
        made[name] = path.read_bytes()
    return [(name, expected) for name, _, expected in KINDS if pattern in name]


def transcripts(folder, names):
    """What the program writes of each: a transcript by name, and all that it says of those that failed."""
    command = [ROOT / "target/debug/watchme", "transcribe-file", "--json", "--quiet", "--model", MODEL, "--language", "ja"]
    done = subprocess.run([*command, *(folder / name for name in names)], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        sys.exit(done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(line["file"]).name: line for line in lines}, done.stderr


def problem(name, expected, text, seconds, transcript, errors):
    """What is wrong with what became of a recording."""
    if isinstance(expected, str):
        said = [line for line in errors.splitlines() if f"/{name}`" in line]
        return None if any(expected in line for line in said) else f"expected `{expected}`, said {said or transcript}"
    if transcript is None:
        return f"it failed: {[line for line in errors.splitlines() if f'/{name}`' in line]}"
    if expected is None and transcript["text"] != text:
        return f"expected `{text}`, got `{transcript['text']}`"
    length = seconds if expected is None else expected
    if abs(transcript["audio_seconds"] - length) > TOLERANCE_SECONDS:
        return f"expected {length} s, got {transcript['audio_seconds']} s"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("pattern", nargs="?", default="")
    arguments = parser.parse_args()
    manifest = json.loads((SOURCE.parent / "manifest.json").read_text())
    source = next(recording for recording in manifest if recording["file"] == SOURCE.name)
    kinds = make(arguments.folder, arguments.pattern)
    found, errors = transcripts(arguments.folder, [name for name, _ in kinds])
    failed = 0
    for name, expected in kinds:
        wrong = problem(name, expected, source["text"], source["duration"], found.get(name), errors)
        failed += wrong is not None
        print(f"{'ok   ' if wrong is None else 'error'} {name}{'' if wrong is None else f': {wrong}'}")
    warnings = [line for line in errors.splitlines() if " WARN " in line and "used as far as it goes" not in line]
    for line in warnings:
        print(f"error a warning of what is usual: {line}")
    if failed or warnings:
        sys.exit(f"{failed} of {len(kinds)} kinds failed")
    print(f"{len(kinds)} kinds of recordings passed")


if __name__ == "__main__":
    main()
