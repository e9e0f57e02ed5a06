/**
 * `npm run bench -- NAME`: measurements that have a bound to hold. Prints the values and exits 1 when a bound does not hold.
 */

import { messageOf } from '../../src/lib/errors.ts';
import { extendPath } from '../support/packages.ts';
import { benchFailover } from './failover.ts';

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  failover: benchFailover,
};

try {
  const [name = 'failover', ...args] = process.argv.slice(2);
  const bench = BENCHES[name];
  if (bench === undefined)
    throw new Error(`no bench is called ${name}; there are: ${Object.keys(BENCHES).join(', ')}`);
  extendPath();
  process.exit((await bench(args)) ? 0 : 1);
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exit(1);
}
