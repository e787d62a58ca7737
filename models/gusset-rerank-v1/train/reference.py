"""The whole reranker once more in plain tensor arithmetic, f32 or with the engine's int8 simulated: what another implementation is checked against."""

import math

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from encode import HIDDEN, LAYERS, LOWER

HEADS, EPSILON = 12, 1e-12
# Our name of a part of a layer to the one in the published f32 file.
PUBLISHED = {
    "query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value", "output": "attention.output.dense", "up": "intermediate.dense",
    "down": "output.dense", "output.norm": "attention.output.LayerNorm", "down.norm": "output.LayerNorm",
}


def shipped(model):
    """Tensors of the int8 file by its names, dequantised."""
    graph = onnx.load(str(model / "model.int8.onnx")).graph
    tensors = {tensor.name: torch.from_numpy(np.array(onnx.numpy_helper.to_array(tensor))) for tensor in graph.initializer}
    return {name: tensor.float() * tensors[f"{name}.scale"] if f"{name}.scale" in tensors else tensor for name, tensor in tensors.items()}


def published(path):
    """Tensors of the f32 `model.safetensors` by the same names."""
    source = load_file(str(path))
    tensors = {f"embeddings.{name}": source[f"embeddings.{theirs}_embeddings.weight"] for name, theirs in (("words", "word"), ("positions", "position"), ("types", "token_type"))}
    for kind, theirs in (("gain", "weight"), ("shift", "bias")):
        tensors[f"embeddings.norm.{kind}"] = source[f"embeddings.LayerNorm.{theirs}"]
    for layer in range(LAYERS):
        for name, theirs in PUBLISHED.items():
            norm = name.endswith("norm")
            weight, bias = (source[f"encoder.layer.{layer}.{theirs}.{kind}"] for kind in ("weight", "bias"))
            tensors[f"layer.{layer}.{name}.{'gain' if norm else 'weight'}"] = weight if norm else weight.T
            tensors[f"layer.{layer}.{name}.{'shift' if norm else 'bias'}"] = bias
    return tensors


def rows(x, bits):
    """Each row rounded to its own 2^bits - 1 steps between its extremes and 0, zero exact; as it is without bits."""
    if bits is None:
        return x
    largest = 2**bits - 1
    low, high = x.amin(-1, keepdim=True).clamp(max=0), x.amax(-1, keepdim=True).clamp(min=0)
    scale = ((high - low) / largest).clamp(min=1e-12)
    zero = torch.round(-low / scale)
    return ((torch.round(x / scale) + zero).clamp(0, largest) - zero) * scale


@torch.no_grad()
def states(tensors, ids, bits=None):
    """States of one text's tokens, with [CLS] and [SEP], after the lower and after all layers."""
    linear = lambda x, name: rows(x, bits) @ tensors[f"{name}.weight"] + tensors[f"{name}.bias"]
    norm = lambda x, name: F.layer_norm(x, (HIDDEN,), tensors[f"{name}.gain"], tensors[f"{name}.shift"], EPSILON)
    split = lambda x: x.view(len(ids), HEADS, -1).transpose(0, 1)
    x = tensors["embeddings.words"][ids] + tensors["embeddings.positions"][: len(ids)] + tensors["embeddings.types"][0]
    x, out = norm(x, "embeddings.norm"), {}
    for layer in range(LAYERS):
        name = f"layer.{layer}"
        query, key, value = (split(linear(x, f"{name}.{part}")) for part in ("query", "key", "value"))
        attention = torch.softmax(query @ key.transpose(1, 2) / math.sqrt(HIDDEN / HEADS), -1) @ value
        x = norm(x + linear(attention.transpose(0, 1).reshape(len(ids), HIDDEN), f"{name}.output"), f"{name}.output.norm")
        x = norm(x + linear(F.gelu(linear(x, f"{name}.up")), f"{name}.down"), f"{name}.down.norm")
        out[layer + 1] = x
    return out[LOWER], out[LAYERS]
