"""Writes a model as a checkpoint of openai-whisper."""

from pathlib import Path

import torch

from models.ggml import Model


def write(model: Model, path: Path) -> None:
    state = {name: torch.from_numpy(tensor).half() for name, tensor in model.tensors.items()}
    torch.save({"dims": model.shape, "model_state_dict": state}, path)
