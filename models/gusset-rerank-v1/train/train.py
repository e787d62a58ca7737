"""Trains the head and writes the model's folder.

    python train.py --data ../../../../shared/data --model ../../all-minilm-l6-v2 --cache <folder> --out ..
"""

import argparse
import csv
import json
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import encode
import measure
from export import export
from head import LOWER_TERMS, Head

TRAINED_ON, JUDGED_ON = ("squad", "medquad", "scifact"), ("squad", "medquad", "scifact", "cranfield", "chunking")
DIMENSION, SEED = 128, 20


def rarity_table(collections, vocabulary):
    """Inverse document frequency by WordPiece id, over the passages that answer no held-back query."""
    frequency, passages = np.zeros(vocabulary), 0
    for collection in collections:
        held_back = set().union(*(relevant for relevant, part in zip(collection.relevant, collection.part) if part != "train"))
        for passage in range(len(collection.passages)):
            if passage not in held_back:
                frequency[np.unique(collection.passages.tokens(passage))] += 1
                passages += 1
    return torch.tensor(np.log(1 + (passages - frequency + 0.5) / (frequency + 0.5)), dtype=torch.float16).float()


def principal(linear, states):
    """Starts a projection at the principal components of states."""
    mean = states.mean(0)
    directions = torch.linalg.svd(F.normalize(states - mean, dim=1), full_matrices=False)[2][: len(linear.weight)]
    linear.weight[:] = directions
    linear.bias[:] = -(directions @ mean)


@torch.no_grad()
def initialise(head, collections):
    """The projection starts where it keeps most of the encoder's own geometry."""
    every = lambda passages: max(1, len(passages.ids) // 4000)
    sample = [torch.from_numpy(np.array(one.passages.states[:: every(one.passages)])).float() for one in collections]
    principal(head.token, torch.cat(sample))


def examples(collections):
    """A training query each, SciFact's few three times: its collection, number, relevant and other passages of the first stage."""
    out = []
    for collection in collections:
        for query in collection.of("train"):
            found, _ = measure.first_stage(collection, query)
            readable = lambda passages: [passage for passage in passages if len(collection.passages.tokens(passage))]
            others = readable([passage for passage in found if passage not in collection.relevant[query]])
            relevant = readable(sorted(collection.relevant[query]))
            if relevant and others:
                out += [(collection, query, relevant, others)] * (3 if collection.name == "scifact" else 1)
    return out


def loss(head, example, negatives, random):
    """Cross-entropy of the relevant passage among negatives, half the nearest and half from anywhere; of the full score and, half as much, of the lower layers'."""
    collection, query, relevant, others = example
    half = negatives // 2
    chosen = [*others[:half], *random.permutation(others[half:])[: negatives - half]]
    _, pairs = measure.Source(head, collection, fixed=False).pairs(query, [random.choice(relevant), *chosen])
    terms = head.terms(pairs)
    full, lower = terms @ head.mix, terms[:, :LOWER_TERMS] @ head.mix[:LOWER_TERMS]
    return -F.log_softmax(full, 0)[0] - 0.5 * F.log_softmax(lower, 0)[0]


def train(head, collections, options, random):
    """Trains, and returns the curve: step, smoothed loss, nDCG@10 on each dev part."""
    weighting = [head.weight.weight, head.weight.bias, head.rarity, head.saturation]
    optimiser = torch.optim.AdamW([{"params": head.token.parameters()}, {"params": weighting}, {"params": [head.mix], "weight_decay": 0.0}], weight_decay=0.01)
    peaks = (options.rate, 3 * options.rate, 0.1)
    pool, smoothed, curve, started = examples(collections), None, [], time.time()
    order = []
    for step in range(options.steps + 1):
        if step % options.every == 0 or step == options.steps:
            curve.append({"step": step, "loss": smoothed and round(smoothed, 4), **dev(head, collections, options.dev_queries)})
            print(curve[-1], f"{time.time() - started:.0f} s", flush=True)
        for group, peak in zip(optimiser.param_groups, peaks):
            group["lr"] = peak * min(1, (step + 1) / 10) * (1 - 0.95 * step / options.steps)
        optimiser.zero_grad()
        total = 0.0
        for _ in range(options.batch):
            order = order or list(random.permutation(len(pool)))
            one = loss(head, pool[order.pop()], options.negatives, random) / options.batch
            one.backward()
            total += one.item()
        smoothed = total if smoothed is None else 0.95 * smoothed + 0.05 * total
        if step < options.steps:
            optimiser.step()
    return curve


def dev(head, collections, count):
    """nDCG@10 of the reranker, everything refined, on up to `count` dev queries of each set, evenly spread."""
    out, mix = {}, head.mix.detach().numpy()
    for collection in collections:
        source, queries = measure.Source(head, collection), collection.of("dev")
        queries = queries[np.linspace(0, len(queries) - 1, min(count, len(queries))).astype(int)]
        runs = []
        for query in queries:
            passages, terms = source.terms(query)
            runs.append(measure.ndcg(measure.ordered(passages, terms @ mix), collection.relevant[query]))
        out[collection.name] = round(float(np.mean(runs)), 4)
    return out


def held_terms(head, collections, count):
    """Terms and labels of up to `count` dev queries of each set, set by set, where the first stage found something relevant."""
    out = []
    for collection in collections:
        source, queries, kept = measure.Source(head, collection), collection.of("dev"), []
        for query in queries[np.linspace(0, len(queries) - 1, min(count, len(queries))).astype(int)]:
            passages, terms = source.terms(query)
            labels = np.array([passage in collection.relevant[query] for passage in passages])
            if labels.any():
                kept.append((terms, labels))
        out.append(kept)
    return out


def mixed(mix, held, steps=300):
    """The mix anew, on queries that the projection wasn't trained on: listwise cross-entropy, each set counting the same, of the full score and, half as much, of
    the lower layers' terms. No term may count against a passage."""
    raw = torch.nn.Parameter(mix.detach().clamp(min=0.1).log())
    optimiser = torch.optim.Adam([raw], lr=0.05)
    pairs = [pair for kept in held for pair in kept]
    shares = torch.tensor([1 / len(kept) / len(held) for kept in held for _ in kept])
    terms = torch.zeros(len(pairs), measure.DEPTH, len(mix))
    # 0 for a relevant passage, minus infinity for others and for places that are empty; and the same without the first distinction.
    only, real = (torch.full((len(pairs), measure.DEPTH), -torch.inf) for _ in range(2))
    for at, (one, labels) in enumerate(pairs):
        terms[at, : len(one)] = torch.from_numpy(one)
        real[at, : len(one)] = 0
        only[at, np.flatnonzero(labels)] = 0
    likely = lambda scores: torch.logsumexp(scores + only, 1) - torch.logsumexp(scores + real, 1)
    for _ in range(steps):
        optimiser.zero_grad()
        weights = raw.exp()
        (-shares @ (likely(terms @ weights) + 0.5 * likely(terms[..., :LOWER_TERMS] @ weights[:LOWER_TERMS]))).backward()
        optimiser.step()
    return raw.detach().exp()


def calibrate(mix, held):
    """The constant of passages that are not refined: what the cosine adds on average to the passages that the lower layers place from 25 on. And slope and
    intercept that make a probability of a final score, by logistic regression."""
    constants, pairs = [], [pair for kept in held for pair in kept]
    for terms, _ in pairs:
        place = np.argsort(-(terms[:, :LOWER_TERMS] @ mix[:LOWER_TERMS]))
        constants.append(terms[place[measure.REFINE :], LOWER_TERMS:] @ mix[LOWER_TERMS:])
    unrefined = float(np.concatenate(constants).mean())
    scores = np.concatenate([measure.scores(terms, mix, unrefined) for terms, _ in pairs]).astype(float)
    labels = np.concatenate([labels for _, labels in pairs]).astype(float)
    design, line = np.stack([scores - scores.mean(), np.ones_like(scores)], 1), np.zeros(2)
    for _ in range(30):
        probability = 1 / (1 + np.exp(-design @ line))
        line += np.linalg.solve(design.T @ (design * (probability * (1 - probability))[:, None]) + 1e-6 * np.eye(2), design.T @ (labels - probability))
    return unrefined, float(line[0]), float(line[1] - line[0] * scores.mean())


def finish(head, collections, options):
    """What comes after the projection, and the files."""
    held = held_terms(head, collections, options.mix_queries)
    head.mix.data = mixed(head.mix, held)
    export(head, options.out, *calibrate(head.mix.detach().numpy(), held))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public data sets")
    parser.add_argument("--model", type=Path, required=True, help="folder of the embedder")
    parser.add_argument("--cache", type=Path, required=True, help="folder for the encoder's outputs, about 5 GB; kept for the next run")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--negatives", type=int, default=12)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--every", type=int, default=40, help="steps between two looks at the dev parts")
    parser.add_argument("--dev-queries", type=int, default=30, help="queries of each set at each look")
    parser.add_argument("--mix-queries", type=int, default=150, help="dev queries of each set that the mix is fitted on in the end")
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    random = np.random.default_rng(options.seed)
    collections = encode.encoded(JUDGED_ON, options.data, options.model, options.cache, options.seed)
    trained_on = [collections[name] for name in TRAINED_ON]
    vocabulary = len((options.model / "vocab.txt").read_text(encoding="utf-8").split("\n")) - 1
    head = Head(encode.HIDDEN, DIMENSION, rarity_table(trained_on, vocabulary))
    initialise(head, trained_on)
    curve = train(head, trained_on, options, random)
    finish(head, trained_on, options)
    with open(options.out / "curve.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, curve[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(curve)


if __name__ == "__main__":
    main()
