/**
 * `npm run bench [-- NAME]`: measurements that have a bound to hold; without a name, the comparison with keepalived. Prints the figures
 * and exits 1 when a bound does not hold.
 */

import { messageOf } from '../../src/lib/errors.ts';
import { extendPath } from '../support/packages.ts';
import { benchAdverts } from './adverts.ts';
import { benchCompare } from './compare/compare.ts';
import { benchDiscovery } from './discovery.ts';
import { benchDrain } from './drain.ts';
import { benchFlood } from './flood/flood.ts';
import { benchViews } from './views.ts';

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  compare: benchCompare,
  adverts: benchAdverts,
  discovery: benchDiscovery,
  drain: benchDrain,
  flood: benchFlood,
  views: benchViews,
};

const DEFAULT = 'compare';

try {
  const args = process.argv.slice(2);
  // Options alone are the comparison's.
  const name = args[0] === undefined || args[0].startsWith('-') ? DEFAULT : (args.shift() ?? DEFAULT);
  const bench = BENCHES[name];
  if (bench === undefined)
    throw new Error(`no bench is called ${name}; there are: ${Object.keys(BENCHES).join(', ')}`);
  extendPath();
  process.exit((await bench(args)) ? 0 : 1);
} catch (thrown) {
  process.stderr.write(`${messageOf(thrown)}\n`);
  process.exit(1);
}
