/** The drain with its edges played by the test: who is told what, and what a restart finds. */

import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { Drain, type DrainOptions, type DrainTenant } from '../../src/app/drain.ts';
import { limitsOf } from '../../src/app/drain-edges.ts';
import { type Census, NOBODY } from '../../src/drain/connections.ts';
import { TAKE_OVER_SLACK } from '../../src/drain/limits.ts';
import type { Standing } from '../../src/drain/state.ts';
import type { Remembered } from '../../src/drain/state-file.ts';
import { OperatingError } from '../../src/lib/errors.ts';
import { type IpAddress, parseIpAddress } from '../../src/lib/ip-address.ts';
import { err, ok } from '../../src/lib/result.ts';
import { milliseconds, seconds } from '../../src/lib/time.ts';
import { type KeptLog, keptLog } from '../control/support.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { configOf, SMALLEST } from './config/support.ts';

const SINCE = '2026-01-31T12:00:00.000Z';
const LIMITS = { empty: milliseconds(500), takeOver: seconds(5) };

class Tenant implements DrainTenant {
  readonly name: string;
  isMaster: boolean;
  readonly addresses: readonly IpAddress[];
  standing: Standing = 'full';

  constructor(name: string, isMaster: boolean, address: string) {
    this.name = name;
    this.isMaster = isMaster;
    this.addresses = [parseIpAddress(address) as IpAddress];
  }

  stand(standing: Standing): void {
    this.standing = standing;
  }
}

const web = (isMaster = true): Tenant => new Tenant('web', isMaster, '198.18.51.100');
const mail = (isMaster = false): Tenant => new Tenant('mail', isMaster, '198.18.51.101');

let clock: VirtualClock;
let log: KeptLog;
let calls: string[];
let file: Remembered | undefined;
let fileError: OperatingError | undefined;
let census: Census;
beforeEach(() => {
  clock = new VirtualClock();
  log = keptLog();
  calls = [];
  file = undefined;
  fileError = undefined;
  census = NOBODY;
});

function drainOf(...parts: readonly (Tenant | Partial<DrainOptions['filter']>)[]): Drain {
  const tenants = parts.filter(part => part instanceof Tenant);
  const done = fileError;
  const write = async (since: string | undefined) => {
    if (fileError !== undefined) return err(fileError);
    file = since === undefined ? undefined : { since };
    return ok(undefined);
  };
  return new Drain({
    limits: LIMITS,
    tenants: () => tenants,
    filter: {
      holdOff: async addresses => {
        calls.push(`holdOff ${addresses.join('+')}`);
        return undefined;
      },
      letIn: async () => {
        calls.push('letIn');
        return undefined;
      },
      ...parts.find(part => !(part instanceof Tenant)),
    },
    nginx: {
      reload: async () => {
        calls.push('reload');
        return { outcome: 'not-running', detail: 'no nginx runs' };
      },
    },
    countConnections: async addresses => {
      calls.push(`look ${[...addresses].join('+')}`);
      return ok(census);
    },
    file: {
      read: async () => (done === undefined ? ok(file) : err(done)),
      write,
      remove: () => write(undefined),
    },
    clock,
    wallTime: () => SINCE,
    log,
  });
}

/** Lets answers arrive, and time pass, until the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; !condition(); i += 1) {
    assert.ok(i < 2_000, `it never happens; calls: ${calls.join(', ')}`);
    await clock.pass(milliseconds(5));
  }
}

describe('a drain', () => {
  test('goes on while a router that left has risen again before its addresses were gone', async () => {
    const tenant = web();
    const drain = drainOf(tenant);
    const outcome = drain.drain(false, () => undefined);
    await until(() => tenant.standing === 'yielding');
    drain.routerLeft('web');
    await clock.pass(milliseconds(100));
    assert.equal(tenant.standing, 'yielding', 'it holds the addresses, and nobody else does');
    tenant.isMaster = false;
    drain.routerLeft('web');
    await until(() => tenant.standing === 'away');
    await clock.pass(milliseconds(100));
    assert.equal((await outcome).outcome, 'drained');
  });

  test('touches the addresses held here, and remembers', async () => {
    const [held, other] = [web(), mail()];
    const drain = drainOf(held, other);
    const said: string[] = [];
    const ended = drain.drain(false, progress => said.push(progress));
    assert.equal(other.standing, 'away');
    assert.equal(drain.status().state, 'draining');
    await until(() => held.standing === 'yielding');
    assert.deepEqual(calls, ['holdOff 198.18.51.100', 'look 198.18.51.100', 'reload', 'look 198.18.51.100']);
    held.isMaster = false;
    drain.routerLeft('web');
    const outcome = await ended;
    assert.deepEqual([outcome.outcome, outcome.ok], ['drained', true]);
    assert.match(outcome.warnings.join(), /no nginx runs/);
    assert.deepEqual([held.standing, file], ['away', { since: SINCE }]);
    assert.deepEqual(calls.slice(4), ['letIn']);
    assert.equal(said.length, 4);
    assert.deepEqual(drain.status(), { state: 'drained', since: SINCE, detail: 'drained by an operator' });
  });

  test('asked for twice is drained already, and refused while under way', async () => {
    const tenant = web();
    const drain = drainOf(tenant);
    const ended = drain.drain(false, () => {});
    const second = await drain.drain(true, () => {});
    assert.deepEqual([second.outcome, second.ok], ['refused', false]);
    await until(() => tenant.standing === 'yielding');
    tenant.isMaster = false;
    drain.routerLeft('web');
    await ended;
    const third = await drain.drain(false, () => {});
    assert.deepEqual([third.ok, third.text], [true, `this node was drained already, since ${SINCE}`]);
  });

  test('that fails leaves all as it was, and the next one begins anew', async () => {
    const [held, other] = [web(), mail()];
    const drain = drainOf(held, other);
    let failed = false;
    void drain
      .drain(false, () => {})
      .then(outcome => {
        failed = outcome.outcome === 'failed' && !outcome.ok;
      });
    await until(() => failed);
    assert.deepEqual([held.standing, other.standing, file], ['full', 'full', undefined]);
    assert.deepEqual(drain.status(), { state: 'none', since: undefined, detail: '' });
    void drain.drain(false, () => {});
    assert.equal(drain.status().state, 'draining');
  });

  test('hears no answer that was meant for the one before', async () => {
    const answers: ((problem: string | undefined) => void)[] = [];
    const holdOff = () => new Promise<string | undefined>(resolve => answers.push(resolve));
    const tenant = web();
    const drain = drainOf({ holdOff }, tenant);
    const first = drain.drain(false, () => {});
    assert.equal((await drain.undrain()).text, 'this node takes part again');
    assert.equal((await first).outcome, 'cancelled');
    const second = drain.drain(false, () => {});
    answers[0]?.('too late');
    await clock.pass(milliseconds(50));
    assert.deepEqual(calls, ['letIn'], 'the second one still waits for its own');
    answers[1]?.(undefined);
    await until(() => tenant.standing === 'yielding');
    tenant.isMaster = false;
    drain.routerLeft('web');
    assert.deepEqual((await second).warnings, ['idle connections were not closed in order: no nginx runs']);
  });

  test('that the end of the daemon cuts short is no drain', async () => {
    const tenant = web();
    const drain = drainOf(tenant);
    const ended = drain.drain(false, () => {});
    await until(() => tenant.standing === 'yielding');
    drain.stop();
    tenant.isMaster = false;
    drain.routerLeft('web');
    assert.equal((await ended).outcome, 'cancelled');
    assert.equal(file, undefined);
    assert.equal(calls.at(-1), 'letIn');
  });
});

describe('a restart', () => {
  test('of a drained node: it stays away, until undrain', async () => {
    file = { since: SINCE };
    const tenant = web(false);
    const drain = drainOf(tenant);
    await drain.recall();
    assert.equal(tenant.standing, 'away');
    assert.deepEqual(drain.status(), { state: 'drained', since: SINCE, detail: 'drained by an operator' });
    assert.equal((await drain.undrain()).ok, true);
    assert.deepEqual([tenant.standing, file], ['full', undefined]);
  });

  test('of any other node: it takes part, and what a hold left behind is swept', async () => {
    const tenant = web(false);
    const drain = drainOf(tenant);
    await drain.recall();
    assert.deepEqual([tenant.standing, calls], ['full', ['letIn']]);
    assert.equal((await drain.undrain()).text, 'it was not drained');
  });

  test('where the file cannot be read: it takes part, and warns', async () => {
    fileError = new OperatingError('EACCES', 'cannot read /state: EACCES');
    const tenant = web(false);
    await drainOf(tenant).recall();
    assert.equal(tenant.standing, 'full');
    assert.match(log.lines.join(), /whether this node is drained: cannot read \/state/);
  });
});

test('undrain warns when the file stays', async () => {
  file = { since: SINCE };
  const drain = drainOf(web(false));
  await drain.recall();
  fileError = new OperatingError('EROFS', 'cannot remove /state: EROFS');
  const { ok: done, warnings } = await drain.undrain();
  assert.equal(done, true);
  assert.match(warnings.join(), /will drain this node again: cannot remove \/state/);
});

test('the time for a takeover is what the slowest peer needs', () => {
  const whole = configOf({ environment: SMALLEST });
  // Three intervals, a skew of nearly one, and the slack, told in tenths of a second.
  assert.deepEqual(limitsOf(whole), { empty: milliseconds(500), takeOver: seconds(5) });
  const slow = configOf({ environment: { ...SMALLEST, LOCUM_VERSION: '2', LOCUM_ADVERT_INTERVAL: '10s' } });
  assert.equal(limitsOf(slow).takeOver, seconds(31) + TAKE_OVER_SLACK);
});
