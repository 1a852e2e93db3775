"""Everybody who takes part, with the best sensible settings of each."""

from harness.contender import Contender
from harness.python_peer import PythonPeer
from harness.watchme import Watchme
from harness.whisper_cpp import GREEDY, WhisperCpp

# What the others are compared with: what somebody gets who changes nothing.
OURS = "watchme"

ALL: list[Contender] = [
    Watchme(OURS, "base.bin"),
    Watchme("watchme-q8_0", "base-q8_0.bin"),
    WhisperCpp("whisper.cpp", "base.bin", has_vad=False),
    WhisperCpp("whisper.cpp-q8_0", "base-q8_0.bin", has_vad=False),
    WhisperCpp("whisper.cpp-vad", "base.bin", has_vad=True),
    WhisperCpp("whisper.cpp-q8_0-vad", "base-q8_0.bin", has_vad=True),
    PythonPeer("faster-whisper", "run_faster_whisper.py", "base-ct2", (), f"int8, {GREEDY}, `vad_filter`", streams=True),
    PythonPeer(
        "faster-whisper-batched",
        "run_faster_whisper.py",
        "base-ct2",
        # It never goes on behind a window's first sentence, as the others do, and this model writes no more than that.
        ("--batch", "8", "--piece-seconds", "4"),
        f"`BatchedInferencePipeline`, batches of 8, int8, {GREEDY}, VAD with pieces of at most 4 s in place of 30 s",
        streams=True,
    ),
    PythonPeer(
        "openai-whisper",
        "run_openai_whisper.py",
        "base.pt",
        (),
        f"f32, {GREEDY}, samples handed over without ffmpeg; has no VAD",
        streams=False,
    ),
]
