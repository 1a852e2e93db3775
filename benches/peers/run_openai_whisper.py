"""Transcribes files with openai-whisper: a line of JSON for each, and a last one with the seconds of loading.

Its own reader starts ffmpeg; samples of WAV files are handed over here instead, so that nothing else has to be installed.
"""

import argparse
import json
import time
import wave

import numpy as np
import torch
import whisper


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--language", required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    started = time.monotonic()
    model = whisper.load_model(arguments.model, device="cpu")
    load_seconds = time.monotonic() - started
    for file in arguments.files:
        with wave.open(file) as recording:
            frames = recording.readframes(recording.getnframes())
        samples = np.frombuffer(frames, "<i2").astype(np.float32) / 32768
        options = {"language": arguments.language, "fp16": False, "condition_on_previous_text": False}
        heard = model.transcribe(samples, **options)
        print(json.dumps({"file": file, "text": heard["text"]}), flush=True)
    print(json.dumps({"load_seconds": load_seconds}))


if __name__ == "__main__":
    main()
