"""onnxruntime's side of compare.py: runs the model on one thread and says what it cost.

Each line of the input is a number of tokens and a number of texts; the answer is the CPU time in milliseconds.
"""

import sys
import time

import numpy
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
print("ready", flush=True)
for line in sys.stdin:
    tokens, batch = map(int, line.split())
    # [CLS], "river" as often as there is room, [SEP].
    ids = numpy.full((batch, tokens), 2314, numpy.int64)
    ids[:, 0], ids[:, -1] = 101, 102
    inputs = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
    start = time.process_time()
    session.run(None, inputs)
    print(1e3 * (time.process_time() - start), flush=True)
