"""Transcribes files with faster-whisper: a line of JSON for each segment, and a last one with the seconds of loading."""

import argparse
import json
import time

from faster_whisper import BatchedInferencePipeline, WhisperModel


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="+")
    parser.add_argument("--model", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--language", required=True)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--beam", type=int, default=1)
    arguments = parser.parse_args()

    started = time.monotonic()
    model = WhisperModel(arguments.model, device="cpu", compute_type="int8", cpu_threads=arguments.threads)
    load_seconds = time.monotonic() - started
    options = {"language": arguments.language, "beam_size": arguments.beam, "vad_filter": True, "condition_on_previous_text": False}
    for file in arguments.files:
        if arguments.batch:
            batched = BatchedInferencePipeline(model)
            segments, _ = batched.transcribe(file, batch_size=arguments.batch, **options)
        else:
            segments, _ = model.transcribe(file, **options)
        for segment in segments:
            print(json.dumps({"file": file, "text": segment.text}), flush=True)
    print(json.dumps({"load_seconds": load_seconds}))


if __name__ == "__main__":
    main()
