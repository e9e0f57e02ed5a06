/**
 * `npm run demo`: a pair comes up, nginx dies on the master, the address moves, nginx comes back, the address returns. On a Docker engine
 * where there is one, else in network namespaces. It ends by itself and leaves nothing behind.
 *
 *     npm run demo -- [--keep] [--docker | --namespaces]
 */

import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '../../src/lib/errors.ts';
import { extendPath, NAMESPACES, provide, whyNoNamespaces } from '../support/packages.ts';
import { ComposePair, whyNoEngine } from './compose-pair.ts';
import { NamespacePair } from './namespace-pair.ts';
import type { Pair } from './pair.ts';
import { keepUntilInterrupted, play } from './play.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function choosePair(wanted: { readonly docker: boolean; readonly namespaces: boolean }): Promise<Pair> {
  if (!wanted.namespaces) {
    const obstacle = await whyNoEngine(say);
    if (obstacle === undefined) return new ComposePair();
    if (wanted.docker) throw new Error(`${obstacle}; without --docker the demo runs in network namespaces`);
    say(`· ${obstacle}: the demo runs in network namespaces instead`);
  }
  const obstacle = whyNoNamespaces() ?? provide(NAMESPACES, line => say(`· ${line}`));
  if (obstacle !== undefined) throw new Error(`the demo cannot run here: ${obstacle}`);
  return new NamespacePair();
}

/** Rejects at the first interrupt, so that whatever runs is left and cleaned up. */
function interrupted(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => reject(new Error(`ended by ${signal}`)));
    }
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      keep: { type: 'boolean', default: false },
      docker: { type: 'boolean', default: false },
      namespaces: { type: 'boolean', default: false },
    },
  });
  extendPath();
  const pair = await choosePair(values);
  const interruption = interrupted();
  try {
    await Promise.race([play(pair, say), interruption]);
    if (values.keep) await keepUntilInterrupted(pair, say, interruption);
  } finally {
    await pair.stop();
    // A moment for what was still being printed.
    await pause(50);
  }
  say('\nNothing is left behind.');
}

try {
  await main();
  process.exit(0);
} catch (thrown) {
  process.stderr.write(`\n${messageOf(thrown)}\n`);
  process.exit(1);
}
