"""Runs the embedder over every text once and keeps what the head reads: token states after the lower layers, and the pooled vector.

The encoder is the shipped int8 file, so that the head learns from what it will meet. Texts go through one by one: the file quantises activations by tensor, and a
text must not depend on its neighbours.
"""

import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from tokenizers import Tokenizer

import data as sets

QUERY_TOKENS, PASSAGE_TOKENS, HIDDEN = 64, 256, 384
# Token vectors are compared after LOWER layers; the pooled vector comes after all LAYERS.
LOWER, LAYERS = 4, 6


@dataclass
class Texts:
    """Texts, flat: text i has the tokens `offsets[i]..offsets[i + 1]`."""

    offsets: np.ndarray
    ids: np.ndarray
    pooled: np.ndarray
    states: np.ndarray

    def tokens(self, at):
        """Ids without [CLS] and [SEP]."""
        return self.ids[self.offsets[at] + 1 : self.offsets[at + 1] - 1]

    def inner(self, at):
        """States without those of [CLS] and [SEP]."""
        return self.states[self.offsets[at] + 1 : self.offsets[at + 1] - 1]

    def __len__(self):
        return len(self.offsets) - 1


@dataclass
class Encoded:
    """A collection by number instead of by name."""

    name: str
    queries: Texts
    passages: Texts
    relevant: list[set[int]]
    part: np.ndarray

    def of(self, part):
        """Numbers of a part's queries."""
        return np.flatnonzero(self.part == part)


def tokenise(tokenizer, texts, limit):
    """Ids with [CLS] and [SEP], at most `limit` of them; a text that is cut keeps its [SEP]."""
    ids = (encoding.ids for encoding in tokenizer.encode_batch(texts))
    return [one if len(one) <= limit else one[: limit - 1] + one[-1:] for one in ids]


def load_tokenizer(model):
    """The embedder's, without its padding and truncation."""
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def session(model):
    """The encoder with the states after the lower and after all layers as outputs."""
    graph = onnx.load(str(model / "model.int8.onnx"))
    del graph.graph.output[:]
    for layer in (LOWER, LAYERS):
        graph.graph.output.append(onnx.helper.make_tensor_value_info(f"layer.{layer - 1}.down.norm", onnx.TensorProto.FLOAT, [None, None, HIDDEN]))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(graph.SerializeToString(), options)


def encode_texts(encoder, ids, path):
    """Writes `path`.*, the parts of a `Texts`."""
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in ids])])
    states = np.memmap(f"{path}.{LOWER}.f16", np.float16, "w+", shape=(int(offsets[-1]), HIDDEN))
    pooled = np.zeros((len(ids), HIDDEN), np.float32)
    for at, one in enumerate(ids):
        row = np.array([one], np.int64)
        lower, upper = encoder.run(None, {"input_ids": row, "attention_mask": np.ones_like(row), "token_type_ids": np.zeros_like(row)})
        states[offsets[at] : offsets[at + 1]] = lower[0]
        mean = upper[0].mean(0)
        pooled[at] = mean / np.linalg.norm(mean)
    states.flush()
    np.savez(f"{path}.npz", offsets=offsets, ids=np.concatenate([np.array(one, np.int32) for one in ids]), pooled=pooled)


def encode(name, data, model, cache, seed):
    """One collection, unless the cache has it."""
    done = cache / f"{name}.json"
    if done.exists():
        return name
    collection = sets.READERS[name](data, seed)
    encoder, tokenizer = session(model), load_tokenizer(model)
    queries = [query for query in collection.queries if collection.part[query] != "none"]
    encode_texts(encoder, tokenise(tokenizer, [collection.queries[query] for query in queries], QUERY_TOKENS), cache / f"{name}.queries")
    encode_texts(encoder, tokenise(tokenizer, list(collection.passages.values()), PASSAGE_TOKENS), cache / f"{name}.passages")
    number = {passage: at for at, passage in enumerate(collection.passages)}
    done.write_text(json.dumps({
        "relevant": [sorted(number[passage] for passage in collection.relevant[query] if passage in number) for query in queries],
        "part": [collection.part[query] for query in queries],
    }))
    return name


def load_texts(path):
    """What `encode_texts` wrote."""
    parts = np.load(f"{path}.npz")
    states = np.fromfile(f"{path}.{LOWER}.f16", np.float16).reshape(-1, HIDDEN)
    return Texts(parts["offsets"], parts["ids"], parts["pooled"], states)


def encoded(names, data, model, cache, seed):
    """Collections by name, encoded on as many cores as there are."""
    cache.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name in pool.map(encode, names, *([one] * len(names) for one in (data, model, cache, seed))):
            print(f"encoded {name}", flush=True)
    loaded = {}
    for name in names:
        labels = json.loads((cache / f"{name}.json").read_text())
        loaded[name] = Encoded(
            name, load_texts(cache / f"{name}.queries"), load_texts(cache / f"{name}.passages"),
            [set(relevant) for relevant in labels["relevant"]], np.array(labels["part"]),
        )
    return loaded
