"""Writes `vectors.json`: texts, their terms and scores, for other implementations to be checked against.

    python vectors.py --model ../../all-minilm-l6-v2 --head .. [--weights model.safetensors]
"""

import argparse
import json
from pathlib import Path

import torch
import torch.nn.functional as F

from encode import PASSAGE_TOKENS, QUERY_TOKENS, load_tokenizer, tokenise
from export import restore
from head import LOWER_TERMS, TERMS, Pairs
from reference import published, shipped, states

LONG = "Tides rise and fall twice a day on most coasts. "
# Our own texts: ordinary, off topic, exact match, repeated words, rare pieces, long enough to be cut, one token.
PAIRS = [
    ("What causes ocean tides?", "Tides are the rise and fall of sea levels caused by the gravity of the Moon and the Sun."),
    ("What causes ocean tides?", "The bakery opens at six and sells out of rye bread before nine."),
    ("error E4021 after update", "If the pump shows E4021 after an update, hold the reset key for five seconds."),
    ("error E4021 after update", "E4020 means that the water tank is empty. E4022 means that the filter is blocked."),
    ("how long do bees live", "Worker bees live six weeks in summer. Bees that hatch in autumn live until spring, and a queen bee lives for years."),
    ("Wie spät ist es in Zürich?", "Zürich lies in the Central European time zone, one hour ahead of UTC in winter."),
    ("tides", LONG * 40),
    ("water", "Water"),
]


def score(head, description, encoder, query, passage, bits):
    """Terms and scores of one pair."""
    lower, upper = zip(*(states(encoder, ids, bits) for ids in (query, passage)))
    ids = torch.tensor(query[1:-1])
    counts = (ids[:, None] == torch.tensor(passage[1:-1])[None]).sum(1)[None].float()
    cosine = F.cosine_similarity(upper[0].mean(0), upper[1].mean(0), dim=0)[None]
    with torch.no_grad():
        vectors = [head.vectors(state[1:-1], [len(state) - 2]) for state in lower]
        terms = head.terms(Pairs(ids, lower[0][1:-1], *vectors, counts, cosine))[0]
        first = (terms[:LOWER_TERMS] @ head.mix[:LOWER_TERMS]).item()
        final = (terms @ head.mix).item()
    number = lambda value: round(value, 6)
    return {**{term: number(value) for term, value in zip(TERMS, terms.tolist())}, "lower": number(first), "unrefined": number(first + description["unrefined"]), "score": number(final)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of the embedder")
    parser.add_argument("--head", type=Path, required=True, help="folder of the reranker; the file goes there")
    parser.add_argument("--weights", type=Path, help="the embedder's published f32 weights, for one more column")
    options = parser.parse_args()
    head, description = restore(options.head)
    tokenizer = load_tokenizer(options.model)
    int8 = shipped(options.model)
    encoders = {"int8-weights": (int8, None), "int8-8-bit": (int8, 8), "int8-7-bit": (int8, 7)}
    if options.weights:
        encoders["f32"] = (published(options.weights), None)
    out = []
    for query, passage in PAIRS:
        (query_ids,), (passage_ids,) = tokenise(tokenizer, [query], QUERY_TOKENS), tokenise(tokenizer, [passage], PASSAGE_TOKENS)
        scores = {name: score(head, description, encoder, query_ids, passage_ids, bits) for name, (encoder, bits) in encoders.items()}
        out.append({"query": query, "passage": passage, "query_ids": query_ids, "passage_tokens": len(passage_ids), "scores": scores})
    (options.head / "vectors.json").write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
