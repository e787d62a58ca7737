// onnxruntime-web's side of compare.py: runs the model on one thread and says what it cost.
//
// Each line of the input is a number of tokens and a number of texts; the answer is the CPU time in milliseconds.

import fs from 'node:fs';
import readline from 'node:readline';
import * as ort from 'onnxruntime-web';

ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(fs.readFileSync(process.argv[2]), {
  executionProviders: ['wasm'],
  graphOptimizationLevel: 'all',
});
console.log('ready');
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [tokens, batch] = line.split(' ').map(Number);
  // [CLS], "river" as often as there is room, [SEP].
  const id = (place) => [101n, 2314n, 102n][place % tokens === 0 ? 0 : place % tokens === tokens - 1 ? 2 : 1];
  const tensor = (value) =>
    new ort.Tensor('int64', BigInt64Array.from({ length: tokens * batch }, (_, place) => value(place)), [batch, tokens]);
  const inputs = { input_ids: tensor(id), attention_mask: tensor(() => 1n), token_type_ids: tensor(() => 0n) };
  const start = process.cpuUsage();
  await session.run(inputs);
  const { user, system } = process.cpuUsage(start);
  console.log((user + system) / 1e3);
}
