"""Writes a model as the folder that CTranslate2 and faster-whisper load."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from whisper.tokenizer import get_tokenizer

from models import tokenizer
from models.ggml import Array, Model

NAMES = ("query", "key", "value", "out")


def write(model: Model, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shape, tensors = model.shape, model.tensors
    spec = WhisperSpec(shape["n_audio_layer"], shape["n_audio_head"], shape["n_text_layer"], shape["n_text_head"])
    for name in ("conv1", "conv2"):
        _fill(getattr(spec.encoder, name), tensors[f"encoder.{name}.weight"], tensors[f"encoder.{name}.bias"])
    spec.encoder.position_encodings.encodings = tensors["encoder.positional_embedding"]
    _norm(spec.encoder.layer_norm, tensors, "encoder.ln_post")
    for index, layer in enumerate(spec.encoder.layer):
        _layer(layer, tensors, f"encoder.blocks.{index}", is_decoder=False)
    spec.decoder.embeddings.weight = tensors["decoder.token_embedding.weight"]
    spec.decoder.projection.weight = tensors["decoder.token_embedding.weight"].copy()
    spec.decoder.position_encodings.encodings = tensors["decoder.positional_embedding"]
    _norm(spec.decoder.layer_norm, tensors, "decoder.ln")
    for index, layer in enumerate(spec.decoder.layer):
        _layer(layer, tensors, f"decoder.blocks.{index}", is_decoder=True)
    _configure(spec, model, folder)
    spec.validate()
    spec.optimize(quantization="float16")
    spec.save(str(folder))
    features = {
        "feature_size": shape["n_mels"],
        "sampling_rate": 16000,
        "hop_length": 160,
        "n_fft": 400,
        "chunk_length": 30,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(features))


def _configure(spec: WhisperSpec, model: Model, folder: Path) -> None:
    known = get_tokenizer(multilingual=True, num_languages=99, language="ja", task="transcribe")
    ranked = sorted(known.encoding._special_tokens.items(), key=lambda named: named[1])
    spec.register_vocabulary(tokenizer.write(model.tokens, [name for name, _ in ranked], folder / "tokenizer.json"))
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [known.encoding.encode(" ")[0], known.eot]
    spec.config.lang_ids = sorted(known.all_language_tokens)
    # As openai-whisper sets them where nothing else is known: all heads of the upper half.
    layers, heads = model.shape["n_text_layer"], model.shape["n_text_head"]
    spec.config.alignment_heads = [(layer, head) for layer in range(layers // 2, layers) for head in range(heads)]


def _fill(spec: Any, weight: Array, bias: Array) -> None:
    spec.weight, spec.bias = weight, bias


def _norm(spec: Any, tensors: dict[str, Array], prefix: str) -> None:
    spec.gamma, spec.beta = tensors[f"{prefix}.weight"], tensors[f"{prefix}.bias"]


def _attention(spec: Any, tensors: dict[str, Array], prefix: str, groups: list[tuple[str, ...]]) -> None:
    weights = {name: tensors[f"{prefix}.{name}.weight"] for name in NAMES}
    # Keys have no bias in Whisper.
    biases = {name: tensors.get(f"{prefix}.{name}.bias", np.zeros(len(weights[name]), np.float32)) for name in NAMES}
    for linear, names in zip(spec.linear, groups, strict=True):
        joined = [np.concatenate([parts[name] for name in names]) for parts in (weights, biases)]
        _fill(linear, *joined)


def _layer(spec: Any, tensors: dict[str, Array], prefix: str, *, is_decoder: bool) -> None:
    _attention(spec.self_attention, tensors, f"{prefix}.attn", [("query", "key", "value"), ("out",)])
    _norm(spec.self_attention.layer_norm, tensors, f"{prefix}.attn_ln")
    if is_decoder:
        _attention(spec.attention, tensors, f"{prefix}.cross_attn", [("query",), ("key", "value"), ("out",)])
        _norm(spec.attention.layer_norm, tensors, f"{prefix}.cross_attn_ln")
    for linear, number in ((spec.ffn.linear_0, 0), (spec.ffn.linear_1, 2)):
        _fill(linear, tensors[f"{prefix}.mlp.{number}.weight"], tensors[f"{prefix}.mlp.{number}.bias"])
    _norm(spec.ffn.layer_norm, tensors, f"{prefix}.mlp_ln")
