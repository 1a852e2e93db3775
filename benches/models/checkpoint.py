"""Writes OpenAI's base as a checkpoint of openai-whisper, once.

Usage: python -m models.checkpoint FOLDER
"""

import sys
from pathlib import Path

import torch

from models import ggml


def main() -> None:
    folder = Path(sys.argv[1])
    path = folder / "base.pt"
    if path.exists():
        return
    model = ggml.read(folder / "ggml-base.bin")
    state = {name: torch.from_numpy(tensor).half() for name, tensor in model.tensors.items()}
    unfinished = path.with_suffix(".unfinished")
    torch.save({"dims": model.shape, "model_state_dict": state}, unfinished)
    unfinished.rename(path)


if __name__ == "__main__":
    main()
