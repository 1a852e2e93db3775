"""Widens a small model to the shape of a larger one without changing what it answers.

The hidden state is repeated k times. The LayerNorm of a repeated vector is the repeated LayerNorm, so each matrix becomes k x k
copies of itself divided by k; biases, gains and attention heads are repeated. Further layers have output projections of zero
and only pass the state on. The token table is also the output projection and would add up k equal products: the decoder's last
LayerNorm is divided by k for it.
"""

import numpy as np

from models.ggml import Array, Model

# Width, heads and layers of the encoder and of the decoder, as OpenAI published `base`.
BASE = (512, 8, 6)

OUTPUT_PROJECTIONS = ("attn.out.", "cross_attn.out.", "mlp.2.")


def widen(model: Model, width: int, heads: int, layers: int) -> Model:
    shape = dict(model.shape)
    times = width // shape["n_audio_state"]
    if (times * shape["n_audio_state"], times * shape["n_audio_head"]) != (width, heads):
        raise ValueError(f"{width} and {heads} are no multiples of the model's shape")
    tensors = {name: _repeated(name, tensor, times) for name, tensor in model.tensors.items()}
    for name in ("decoder.ln.weight", "decoder.ln.bias"):
        tensors[name] = tensors[name] / np.float32(times)
    for side, count in (("encoder", "n_audio_layer"), ("decoder", "n_text_layer")):
        for index in range(shape[count], layers):
            tensors |= _passing_layer(tensors, side, index)
        shape[count] = layers
    shape |= {"n_audio_state": width, "n_text_state": width, "n_audio_head": heads, "n_text_head": heads}
    return Model(shape, model.filters, model.tokens, tensors)


def _repeated(name: str, tensor: Array, times: int) -> Array:
    if name.endswith(("positional_embedding", "token_embedding.weight")):
        return np.tile(tensor, (1, times))
    if tensor.ndim == 1:
        return np.tile(tensor, times)
    # The first convolution reads the spectrum and not the state.
    inputs = 1 if name == "encoder.conv1.weight" else times
    return np.tile(tensor, (times, inputs) + (1,) * (tensor.ndim - 2)) / np.float32(inputs)


def _passing_layer(tensors: dict[str, Array], side: str, index: int) -> dict[str, Array]:
    pattern, layer = f"{side}.blocks.0.", {}
    for name, tensor in tensors.items():
        if name.startswith(pattern):
            part = name.removeprefix(pattern)
            is_output = part.startswith(OUTPUT_PROJECTIONS)
            layer[f"{side}.blocks.{index}.{part}"] = np.zeros_like(tensor) if is_output else tensor
    return layer
