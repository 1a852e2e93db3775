"""Reads OpenAI's weights from a `model.bin` of CTranslate2, as tensors with the names and shapes of openai-whisper.

Layout, little-endian: version; name and revision of the specification; tensors, each with its name, rank, dimensions, type,
length in bytes and data; aliases. A name is preceded by its length and ends with a NUL.
"""

import io
import struct
from collections.abc import Iterator

import numpy as np

from models import ggml
from models.ggml import Array, Model

VERSION = 6
SIDES = ("encoder", "decoder")
DTYPES = ("<f4", "i1", "<i2", "<i4", "<f2")

# What CTranslate2 calls the parts of a feed-forward network, by openai-whisper's names.
MLP = {"mlp_ln": "ffn/layer_norm", "mlp.0": "ffn/linear_0", "mlp.2": "ffn/linear_1"}
KINDS = {"weight": "weight", "bias": "bias"}
NORM_KINDS = {"weight": "gamma", "bias": "beta"}


def read(model_bin: bytes, demo: Model) -> Model:
    """Returns the whole model; filters and tokens are the demo model's, which are equal to OpenAI's."""
    source = dict(_tensors(io.BytesIO(model_bin)))
    width = len(source["encoder/conv1/bias"])
    layers = {side: sum(name.startswith(f"{side}/layer_") and name.endswith("ffn/linear_0/bias") for name in source) for side in SIDES}
    heads = int(source["encoder/num_heads"])
    sizes = {
        "n_vocab": len(source["decoder/embeddings/weight"]),
        "n_audio_ctx": len(source["encoder/position_encodings/encodings"]),
        "n_audio_state": width,
        "n_audio_head": heads,
        "n_audio_layer": layers["encoder"],
        "n_text_ctx": len(source["decoder/position_encodings/encodings"]),
        "n_text_state": width,
        "n_text_head": heads,
        "n_text_layer": layers["decoder"],
        "n_mels": source["encoder/conv1/weight"].shape[1],
    }
    tensors = {name: tensor.astype(np.float32) for name, tensor in _renamed(source, layers, width)}
    return Model({name: sizes[name] for name in ggml.SHAPE}, demo.filters, demo.tokens, tensors)


def _renamed(source: dict[str, Array], layers: dict[str, int], width: int) -> Iterator[tuple[str, Array]]:
    yield "encoder.positional_embedding", source["encoder/position_encodings/encodings"]
    for conv in ("conv1", "conv2"):
        yield from _pair(source, f"encoder.{conv}", f"encoder/{conv}", KINDS)
    for index in range(layers["encoder"]):
        yield from _block(source, "encoder", index, width)
    yield from _pair(source, "encoder.ln_post", "encoder/layer_norm", NORM_KINDS)
    yield "decoder.positional_embedding", source["decoder/position_encodings/encodings"]
    yield "decoder.token_embedding.weight", source["decoder/embeddings/weight"]
    for index in range(layers["decoder"]):
        yield from _block(source, "decoder", index, width)
    yield from _pair(source, "decoder.ln", "decoder/layer_norm", NORM_KINDS)


def _block(source: dict[str, Array], side: str, index: int, width: int) -> Iterator[tuple[str, Array]]:
    block, layer = f"{side}.blocks.{index}", f"{side}/layer_{index}"
    fused = [("linear_0", ("query", "key", "value")), ("linear_1", ("out",))]
    yield from _attention(source, f"{block}.attn", f"{layer}/self_attention", fused, width)
    if side == "decoder":
        fused = [("linear_0", ("query",)), ("linear_1", ("key", "value")), ("linear_2", ("out",))]
        yield from _attention(source, f"{block}.cross_attn", f"{layer}/attention", fused, width)
    for part, known in MLP.items():
        yield from _pair(source, f"{block}.{part}", f"{layer}/{known}", NORM_KINDS if part == "mlp_ln" else KINDS)


def _attention(
    source: dict[str, Array], prefix: str, known: str, fused: list[tuple[str, tuple[str, ...]]], width: int
) -> Iterator[tuple[str, Array]]:
    """Splits the projections that CTranslate2 keeps one below the other."""
    for linear, names in fused:
        for number, name in enumerate(names):
            rows = slice(number * width, (number + 1) * width)
            yield f"{prefix}.{name}.weight", source[f"{known}/{linear}/weight"][rows]
            # Keys have no bias in Whisper: CTranslate2 fills in zeros.
            if name != "key":
                yield f"{prefix}.{name}.bias", source[f"{known}/{linear}/bias"][rows]
    yield from _pair(source, f"{prefix}_ln", f"{known}/layer_norm", NORM_KINDS)


def _pair(source: dict[str, Array], name: str, known: str, kinds: dict[str, str]) -> Iterator[tuple[str, Array]]:
    for kind, known_kind in kinds.items():
        yield f"{name}.{kind}", source[f"{known}/{known_kind}"]


def _tensors(file: io.BytesIO) -> Iterator[tuple[str, Array]]:
    (version,) = _numbers(file, "I")
    if version != VERSION:
        raise ValueError(f"model.bin has version {version}, expected {VERSION}")
    _name(file)
    _, count = _numbers(file, "II")
    for _ in range(count):
        name = _name(file)
        (rank,) = _numbers(file, "B")
        shape = _numbers(file, f"{rank}I")
        kind, length = _numbers(file, "BI")
        yield name, np.frombuffer(file.read(length), DTYPES[kind]).reshape(shape)


def _name(file: io.BytesIO) -> str:
    (length,) = _numbers(file, "H")
    return file.read(length).rstrip(b"\0").decode()


def _numbers(file: io.BytesIO, layout: str) -> tuple[int, ...]:
    return struct.unpack(f"<{layout}", file.read(struct.calcsize(f"<{layout}")))
