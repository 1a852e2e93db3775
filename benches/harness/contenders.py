"""Everybody who takes part, with the best sensible settings of each."""

from harness.contender import Contender
from harness.python_peer import PythonPeer
from harness.watchme import Watchme
from harness.whisper_cpp import GREEDY, WhisperCpp

# What the others are compared with: what somebody gets who changes nothing.
OURS = "watchme"

BASE, BASE_Q8_0, FASTER_WHISPER = "ggml-base.bin", "ggml-base-q8_0.bin", "faster-whisper-base"


def _faster_whisper(name: str, settings: str, *options: str) -> PythonPeer:
    return PythonPeer(name, "run_faster_whisper.py", FASTER_WHISPER, options, settings, streams=True)


ALL: list[Contender] = [
    Watchme(OURS, BASE),
    Watchme("watchme-q8_0", BASE_Q8_0),
    _faster_whisper("faster-whisper", f"int8, {GREEDY}, `vad_filter`"),
    _faster_whisper("faster-whisper-beam5", "int8, beam of 5, no text carried over, `vad_filter`", "--beam", "5"),
    _faster_whisper("faster-whisper-batched", f"`BatchedInferencePipeline`, batches of 8, int8, {GREEDY}, VAD", "--batch", "8"),
    WhisperCpp("whisper.cpp", BASE, has_vad=False),
    WhisperCpp("whisper.cpp-q8_0", BASE_Q8_0, has_vad=False),
    WhisperCpp("whisper.cpp-vad", BASE, has_vad=True),
    WhisperCpp("whisper.cpp-q8_0-vad", BASE_Q8_0, has_vad=True),
    PythonPeer(
        "openai-whisper",
        "run_openai_whisper.py",
        "base.pt",
        (),
        f"f32, {GREEDY}, samples handed over without ffmpeg; has no VAD",
        streams=False,
        wants_wav=True,
    ),
]
