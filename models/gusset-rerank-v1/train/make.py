"""Everything in one command: trains, judges, writes test vectors.

    python make.py --data ../../../../shared/data --model ../../all-minilm-l6-v2 --cache <folder> --out ..

Options of train.py are passed on to it; `--weights model.safetensors`, the embedder's published f32 weights, to vectors.py.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def option(name):
    """The value that follows an option on the command line."""
    if name not in sys.argv[:-1]:
        sys.exit(f"{name} is missing\n{__doc__}")
    return sys.argv[sys.argv.index(name) + 1]


def main():
    weights = ()
    if "--weights" in sys.argv:
        weights = ("--weights", option("--weights"))
        at = sys.argv.index("--weights")
        del sys.argv[at : at + 2]
    data, model, cache, out = (option(name) for name in ("--data", "--model", "--cache", "--out"))
    for script, *arguments in (
        ("train.py", *sys.argv[1:]),
        ("judge.py", "--data", data, "--model", model, "--cache", cache, "--head", out),
        ("vectors.py", "--model", model, "--head", out, *weights),
    ):
        subprocess.run([sys.executable, str(HERE / script), *arguments], check=True)


if __name__ == "__main__":
    main()
