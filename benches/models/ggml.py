"""Reads and writes Whisper models in the file format of whisper.cpp.

Layout: magic; 11 numbers of the shape; the mel filter bank; the tokens' bytes in the order of their rank; then tensors, each
with its number of dimensions, length of name and type, its dimensions from the innermost out, name and data.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

MAGIC = 0x67676D6C
F32, F16, Q8_0 = 0, 1, 8

# The file's own type: that of most of its matrices, and behind quantisation `GGML_QNT_VERSION` in thousands.
FILE_F16, FILE_Q8_0 = 1, 2007

# Numbers of a block in `q8_0`, which share one scale.
BLOCK = 32

# In the order of the file.
SHAPE = [
    "n_vocab",
    "n_audio_ctx",
    "n_audio_state",
    "n_audio_head",
    "n_audio_layer",
    "n_text_ctx",
    "n_text_state",
    "n_text_head",
    "n_text_layer",
    "n_mels",
]

# Columns there, vectors in every other format.
CONVOLUTION_BIASES = {"encoder.conv1.bias", "encoder.conv2.bias"}

# Matrices that whisper.cpp wants in full precision.
FULL_PRECISION = CONVOLUTION_BIASES | {"encoder.positional_embedding", "decoder.positional_embedding"}

Array: TypeAlias = npt.NDArray[np.float32]


@dataclass
class Model:
    """A model in memory: tensors have the names and shapes of openai-whisper."""

    shape: dict[str, int]
    filters: Array
    tokens: list[bytes]
    tensors: dict[str, Array]


def read(path: Path) -> Model:
    with path.open("rb") as file:
        magic, *shape, _ = _numbers(file, 12)
        if magic != MAGIC:
            raise ValueError(f"{path} is no ggml model")
        bands, bins = _numbers(file, 2)
        filters = np.fromfile(file, "<f4", bands * bins).reshape(bands, bins)
        tokens = [file.read(_numbers(file, 1)[0]) for _ in range(_numbers(file, 1)[0])]
        tensors = dict(_tensors(file))
    return Model(dict(zip(SHAPE, shape, strict=True)), filters, tokens, tensors)


def write(model: Model, path: Path, *, is_quantized: bool = False) -> None:
    """Writes 16-bit weights, or what `quantize FILE OUT q8_0` of whisper.cpp makes of them."""
    with path.open("wb") as file:
        shape = [model.shape[name] for name in SHAPE]
        file.write(struct.pack("<12i", MAGIC, *shape, FILE_Q8_0 if is_quantized else FILE_F16))
        file.write(struct.pack("<2i", *model.filters.shape))
        file.write(model.filters.astype("<f4").tobytes())
        file.write(struct.pack("<i", len(model.tokens)))
        for token in model.tokens:
            file.write(struct.pack("<i", len(token)) + token)
        for name, tensor in model.tensors.items():
            _write_tensor(file, name, tensor, is_quantized)


def _write_tensor(file: BinaryIO, name: str, tensor: Array, is_quantized: bool) -> None:
    if name in CONVOLUTION_BIASES:
        tensor = tensor.reshape(-1, 1)
    kind, data = F32, tensor.astype("<f4").tobytes()
    if tensor.ndim >= 2 and name not in FULL_PRECISION:
        kind, data = F16, tensor.astype("<f2").tobytes()
        # Kernels of convolutions have three dimensions and stay as they are.
        if is_quantized and tensor.ndim == 2:
            kind, data = Q8_0, _quantized(tensor.astype("<f2").astype(np.float32))
    label = name.encode()
    file.write(struct.pack("<3i", tensor.ndim, len(label), kind))
    file.write(struct.pack(f"<{tensor.ndim}i", *reversed(tensor.shape)))
    file.write(label)
    file.write(data)


def _quantized(tensor: Array) -> bytes:
    """ggml's `quantize_row_q8_0_ref`: a 16-bit scale and 32 signed bytes for each block, halves rounded away from zero."""
    blocks = tensor.reshape(-1, BLOCK)
    scales = np.abs(blocks).max(1, keepdims=True) / np.float32(127)
    inverses = np.divide(np.float32(1), scales, out=np.zeros_like(scales), where=scales != 0)
    # In 64 bits the sum with 0.5 is exact.
    scaled = (blocks * inverses).astype(np.float64)
    packed = np.empty(len(blocks), [("scale", "<f2"), ("numbers", "i1", BLOCK)])
    packed["scale"] = scales[:, 0]
    packed["numbers"] = np.copysign(np.floor(np.abs(scaled) + 0.5), scaled)
    return packed.tobytes()


def _tensors(file: BinaryIO) -> Iterator[tuple[str, Array]]:
    while head := file.read(12):
        dimensions, length, kind = struct.unpack("<3i", head)
        shape = tuple(reversed(_numbers(file, dimensions)))
        name = file.read(length).decode()
        data = np.fromfile(file, {F32: "<f4", F16: "<f2"}[kind], int(np.prod(shape)))
        tensor = data.astype(np.float32).reshape(shape)
        yield name, tensor.reshape(-1) if name in CONVOLUTION_BIASES else tensor


def _numbers(file: BinaryIO, count: int) -> tuple[int, ...]:
    return struct.unpack(f"<{count}i", file.read(4 * count))
