"""What does one embedding cost here, and what in onnxruntime?

One table of CPU milliseconds, one thread each: our native core, our component without and with relaxed SIMD, onnxruntime-web and onnxruntime on an
int8 ONNX file. All engines run interleaved, call by call, in one go; the table shows medians, and below the ratios that matter. Where several ONNX
files are given, onnxruntime is shown with the one that is faster at that shape.

    cargo xtask build && cp target/components/embed.wasm target/embed.simd.wasm
    cargo xtask build --relaxed-simd && cp target/components/embed.wasm target/embed.relaxed.wasm
    cargo build -p gusset -p gusset-embed-compiler -p gusset-benches --example embed_worker
    npm install --prefix benches/ort && pip install onnxruntime numpy
    python3 benches/ort/compare.py --target target --onnx models/all-minilm-l6-v2/model.int8.onnx
"""

import argparse
import pathlib
import statistics
import subprocess
import sys

SHAPES = [(tokens, batch) for batch in (1, 8) for tokens in (16, 64, 128, 256)]
HERE = pathlib.Path(__file__).parent


class Worker:
    """A process that answers a shape with the milliseconds that it took."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"{command[0]} did not start")

    def time(self, tokens, batch):
        self.process.stdin.write(f"{tokens} {batch}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def engines(target, files):
    """Name, and the workers of which the fastest counts."""
    ours = target / "debug" / "examples" / "embed_worker"
    return {
        "native core": [Worker([ours, target / "embed.blob"])],
        "component, simd128": [Worker([ours, target / "embed.simd.wasm"])],
        "component, relaxed SIMD": [Worker([ours, target / "embed.relaxed.wasm"])],
        "onnxruntime-web int8": [Worker(["node", "--no-liftoff", HERE / "web.mjs", file]) for file in files],
        "onnxruntime int8": [Worker([sys.executable, HERE / "native.py", file]) for file in files],
    }


def measure(workers, rounds):
    """Medians by engine and shape."""
    medians = {name: [] for name in workers}
    for tokens, batch in SHAPES:
        times = {name: [[] for _ in group] for name, group in workers.items()}
        # The first round warms.
        for count in range((rounds if batch == 1 else max(3, rounds // 3)) + 1):
            for name, group in workers.items():
                for worker, taken in zip(group, times[name]):
                    time = worker.time(tokens, batch)
                    if count > 0:
                        taken.append(time)
        for name, group in times.items():
            medians[name].append(min(statistics.median(taken) for taken in group))
    return medians


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--target", type=pathlib.Path, required=True)
    arguments.add_argument("--onnx", type=pathlib.Path, nargs="+", required=True)
    arguments.add_argument("--rounds", type=int, default=15)
    options = arguments.parse_args()
    medians = measure(engines(options.target, options.onnx), options.rounds)

    print("| CPU ms | " + " | ".join(f"{tokens}×{batch}" for tokens, batch in SHAPES) + " |")
    print("|---" * (len(SHAPES) + 1) + "|")
    for name, row in medians.items():
        print(f"| {name} | " + " | ".join(f"{time:.2f}" for time in row) + " |")
    for ours, theirs in [
        ("native core", "onnxruntime int8"),
        ("component, simd128", "onnxruntime-web int8"),
        ("component, relaxed SIMD", "onnxruntime-web int8"),
    ]:
        ratios = (f"{a / b:.2f}" for a, b in zip(medians[ours], medians[theirs]))
        print(f"| **{ours} / {theirs}** | " + " | ".join(ratios) + " |")


main()
