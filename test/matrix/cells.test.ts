/** The matrix as it is meant: nothing left out by accident, no rule without effect, both programs configured for the same thing. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configuration } from '../support/keepalived-options.ts';
import {
  CELLS,
  type Cell,
  DESTINATIONS,
  FAMILIES,
  PROTOCOLS,
  ROLES,
  RULES,
  titleOf,
  VMACS,
} from './cells.ts';
import { keepalivedOptions, locumRouter } from './settings.ts';

const some = (part: Partial<Cell>): Cell[] =>
  CELLS.filter(cell => Object.entries(part).every(([dimension, value]) => cell[dimension] === value));

describe('the cells', () => {
  test('each has a title of its own', () => {
    assert.equal(new Set(CELLS.map(titleOf)).size, CELLS.length);
  });

  test('every value occurs in both roles', () => {
    for (const role of ROLES) {
      for (const protocol of PROTOCOLS) assert.ok(some({ role, protocol }).length > 0, protocol);
      for (const family of FAMILIES) assert.ok(some({ role, family }).length > 0, family);
      for (const destination of DESTINATIONS) assert.ok(some({ role, destination }).length > 0, destination);
      for (const vmac of VMACS) assert.ok(some({ role, vmac }).length > 0, vmac);
    }
  });

  test('IPv4 and version 2: nothing but unicast from a VMAC is left out', () => {
    // Group with three VMACs, unicast with two; two roles, two keepaliveds.
    for (const protocol of ['v2', 'v2 PASS', 'v2 AH'] as const)
      assert.equal(some({ protocol, family: 'IPv4' }).length, (3 + 2) * 2 * 2);
  });

  test('no rule is idle', () => {
    for (const rule of RULES) {
      const others = RULES.filter(other => other !== rule);
      const all = PROTOCOLS.flatMap(protocol =>
        FAMILIES.flatMap(family =>
          DESTINATIONS.flatMap(destination => VMACS.map(vmac => ({ protocol, family, destination, vmac }))),
        ),
      );
      const alone = all.some(part => {
        const cell: Cell = { ...part, role: 'master', keepalived: '2.2.7' };
        return rule.excludes(cell) && !others.some(other => other.excludes(cell));
      });
      assert.ok(alone, rule.why);
    }
  });
});

test('a cell, in the words of Locum and of keepalived', () => {
  const [cell] = some({ protocol: 'v2 AH', destination: 'unicast', vmac: 'VMAC, sent from base' });
  assert.ok(cell !== undefined);
  assert.deepEqual(locumRouter(cell), {
    version: 2,
    vip: ['198.18.51.100/24'],
    auth: { type: 'ah', password: 'abc' },
    source: '198.18.51.1',
    unicast: { peers: ['198.18.51.1', '198.18.51.2'] },
    vmac: { enabled: true, 'advertise-from': 'base' },
  });
  assert.equal(
    configuration({ ...keepalivedOptions(cell), priority: 100 }),
    `global_defs {
  router_id peer
  vrrp_garp_master_delay 1
}
vrrp_instance web {
  state BACKUP
  interface eth0
  version 2
  virtual_router_id 51
  priority 100
  advert_int 1
  authentication {
    auth_type AH
    auth_pass abc
  }
  unicast_src_ip 198.18.51.2
  unicast_ttl 255
  unicast_peer {
    198.18.51.1
  }
  use_vmac
  vmac_xmit_base
  virtual_ipaddress {
    198.18.51.100/24
  }
}
`,
  );
});
