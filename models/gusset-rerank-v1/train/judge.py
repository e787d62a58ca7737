"""Measures a trained head on the parts that were held back, and writes `results.json`.

    python judge.py --data ../../../../shared/data --model ../../all-minilm-l6-v2 --cache <folder> --head ..
"""

import argparse
import json
from pathlib import Path

import torch

import encode
import measure
from export import restore
from train import JUDGED_ON, SEED


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public data sets")
    parser.add_argument("--model", type=Path, required=True, help="folder of the embedder")
    parser.add_argument("--cache", type=Path, required=True, help="folder with the encoder's outputs")
    parser.add_argument("--head", type=Path, required=True, help="folder of the reranker; the file goes there")
    parser.add_argument("--part", default="test", choices=("dev", "test"))
    parser.add_argument("--queries", type=int, help="at most so many a set, evenly spread")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    torch.set_num_threads(1)
    head, description = restore(options.head)
    collections = encode.encoded(JUDGED_ON, options.data, options.model, options.cache, options.seed)
    rows = []
    for collection in collections.values():
        if len(collection.of(options.part)):
            rows.append(measure.report(head, collection, options.part, options.seed, description, options.queries))
            print(json.dumps(rows[-1]), flush=True)
    (options.head / "results.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
