/**
 * keepalived itself is asked about every file of test/keepalived/readings: each line that it complains of has a remark of ours, and what
 * it works with is what was read.
 */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import type { Follow, Instance } from '../../src/keepalived/model.ts';
import type { Reading } from '../../src/keepalived/read.ts';
import { inSeconds } from '../../src/lib/time.ts';
import { CONFIG_ID, filesOf, readFiles, type Section } from '../keepalived/support.ts';
import { type Host, Lan } from '../support/lan.ts';
import { ROOT } from '../support/paths.ts';
import { waitFor } from '../support/wait.ts';

const READINGS = join(ROOT, 'test', 'keepalived', 'readings');

/** A host with the two interfaces of the files, and the files in its folder. */
async function onHost(
  files: readonly Section[],
  work: (host: Host, file: string) => Promise<void>,
): Promise<void> {
  const lan = await Lan.create();
  try {
    const host = await lan.host('host', '198.18.51.1/24');
    await host.inside.run('ip', ['link', 'add', 'eth1', 'type', 'veth', 'peer', 'name', 'eth2']);
    for (const name of ['eth1', 'eth2']) await host.inside.run('ip', ['link', 'set', name, 'up']);
    await host.inside.run('ip', ['address', 'add', '198.18.52.1/24', 'dev', 'eth1']);
    for (const { name, text } of files) await writeFile(join(host.folder, name), text);
    await work(host, join(host.folder, files[0]?.name ?? ''));
  } finally {
    await lan.close();
  }
}

/**
 * All that the VRRP process prints while it reads the file, runs, and dumps what it works with. Its parent writes to the same console, and
 * its only word after the start can fall between any two lines of the dump.
 */
async function runKeepalived(host: Host, file: string): Promise<string> {
  const pids = ['-p', join(host.folder, 'keepalived.pid'), '-r', join(host.folder, 'vrrp.pid')];
  const flags = ['--dont-fork', '--dont-respawn', '--log-console', '--dump-conf', '--vrrp', '--no-syslog'];
  const process = await host.inside.spawn('keepalived', [...flags, '-i', CONFIG_ID, '-f', file, ...pids]);
  try {
    await waitFor(() => process.output.includes('------< Interfaces >------') || !process.running, {
      what: 'keepalived tells what it works with, or ends',
      deadlineMs: 10_000,
      context: () => process.output,
    });
    const undated = process.output.replaceAll(/^\w{3} \w{3} +\d+ [\d:]+ \d{4}: /gm, '');
    return undated.replace(/^Startup complete\n/m, '');
  } finally {
    await process.stop();
  }
}

/** The lines of the file that it names; where it names the end of a block, the line where that begins. */
function complaintsOf(output: string, text: string): number[] {
  const lines = text.split('\n');
  const named = [...output.matchAll(/^\((?:\S+: )?Line (\d+)\) .*$/gm)].map(([, line]) => Number(line));
  const meant = named.map(line => {
    if (lines[line - 1] !== '}') return line;
    return lines.slice(0, line - 1).findLastIndex(earlier => /^\w/.test(earlier)) + 1;
  });
  return [...new Set(meant)].sort((a, b) => a - b);
}

interface Facts {
  readonly name: string;
  readonly version: number;
  readonly priority: number;
  readonly intervalSeconds: number;
  readonly preempt: boolean;
  readonly authentication: string;
  /** Virtual IPs with their length, and the excluded ones. */
  readonly addresses: readonly string[];
  /** `script chk weight 4 reverse`. */
  readonly follows: readonly string[];
}

/** What it works with, from its dump. */
function dumped(output: string): Facts[] {
  const topology = /-< VRRP Topology >-+\n([\s\S]*?)\n-+</.exec(output)?.[1] ?? '';
  return topology
    .split(/^ VRRP Instance = /m)
    .slice(1)
    .map(text => {
      const value = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
      const interval = Number(value(/Advert interval = (\d+)/));
      return {
        name: value(/^(.*)$/m),
        version: Number(value(/VRRP Version = (\d)/)),
        priority: Number(value(/^ {3}Priority = (\d+)/m)),
        intervalSeconds: text.includes('milli-sec') ? interval / 1_000 : interval,
        preempt: /Preempt = enabled/.test(text),
        authentication: AUTHENTICATIONS[value(/Authentication type = (\w+)/)] ?? 'none',
        addresses: [...listUnder(text, 'Virtual IP'), ...listUnder(text, 'Virtual IP Excluded')]
          .map(line => line.split(' ')[0] ?? '')
          .map(address =>
            address.includes('/') ? address : `${address}/${address.includes(':') ? 128 : 32}`,
          )
          .sort(),
        follows: Object.entries(TRACKED)
          .flatMap(([title, kind]) => listUnder(text, title).map(line => `${kind} ${line.replace(',', '')}`))
          .sort(),
      };
    });
}

const AUTHENTICATIONS: Readonly<Record<string, string>> = { SIMPLE_PASSWORD: 'pass', IPSEC_AH: 'ah' };

const TRACKED: Readonly<Record<string, Follow['kind']>> = {
  'Tracked scripts': 'script',
  'Tracked processes': 'process',
  'Tracked files': 'file',
  'Tracked interfaces': 'interface',
};

/** The indented lines below a title. */
function listUnder(text: string, title: string): string[] {
  const list = new RegExp(`^   ${title}(?: \\(\\d+\\))? ?:\\n((?: {5}.*\\n?)*)`, 'm').exec(text)?.[1] ?? '';
  return list.split('\n').flatMap(line => (line.trim() === '' ? [] : [line.trim()]));
}

/** The same of what was read. */
function factsOf(instance: Instance, { configuration }: Reading): Facts {
  const inGroup = instance.group !== undefined;
  const own = new Set(configuration.groups.flatMap(({ follows }) => follows));
  return {
    name: instance.name,
    version: instance.version,
    priority: instance.priority,
    intervalSeconds: inSeconds(instance.advertInterval),
    preempt: instance.preempt,
    authentication: instance.authentication.type,
    addresses: [...instance.addresses, ...instance.excludedAddresses]
      .map(({ address, prefixLength }) => `${address}/${prefixLength}`)
      .sort(),
    // keepalived lists what a group follows with the group.
    follows: instance.follows
      .filter(follow => !inGroup || !own.has(follow))
      .map(
        ({ kind, name, weight, reverse }) => `${kind} ${name} weight ${weight}${reverse ? ' reverse' : ''}`,
      )
      .sort(),
  };
}

interface ScriptFacts {
  /** Without the folder, which keepalived looks up. */
  readonly command: readonly string[];
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly rise: number;
  readonly fall: number;
}

/** The scripts that something follows, by name. */
function dumpedScripts(output: string): Record<string, ScriptFacts> {
  const scripts = output.split(/^ VRRP Script = /m).slice(1);
  const entries = scripts.map((text): [string, ScriptFacts] => {
    const number = (key: string) => Number(new RegExp(`^   ${key} = (\\d+)`, 'm').exec(text)?.[1]);
    const [path = '', ...rest] = [...(/Command = (.*)/.exec(text)?.[1] ?? '').matchAll(/'([^']*)'/g)].map(
      ([, word = '']) => word,
    );
    const intervalSeconds = number('Interval');
    return [
      text.slice(0, text.indexOf('\n')),
      {
        command: [basename(path), ...rest],
        intervalSeconds,
        timeoutSeconds: number('Timeout') || intervalSeconds,
        rise: number('Rise'),
        fall: number('Fall'),
      },
    ];
  });
  return Object.fromEntries(entries);
}

function scriptFactsOf({ configuration: { scripts, instances } }: Reading): Record<string, ScriptFacts> {
  const followed = instances.flatMap(({ follows }) => follows.map(({ kind, name }) => `${kind} ${name}`));
  const entries = scripts
    .filter(({ name }) => followed.includes(`script ${name}`))
    .map(({ name, command: [path = '', ...rest], interval, timeout, rise, fall }): [string, ScriptFacts] => {
      const times = { intervalSeconds: inSeconds(interval), timeoutSeconds: inSeconds(timeout) };
      return [name, { command: [basename(path), ...rest], ...times, rise, fall }];
    });
  return Object.fromEntries(entries);
}

describe('keepalived agrees', { concurrency: true }, () => {
  for (const name of readdirSync(READINGS).sort())
    test(`on ${name}`, async () => {
      const files = filesOf(readFileSync(join(READINGS, name), 'utf8'));
      const reading = readFiles(files);
      const told = reading.remarks.filter(({ severity }) => severity !== 'ignored').map(({ at }) => at.line);
      const refused = reading.remarks.some(({ severity }) => severity === 'refused');
      await onHost(files, async (host, file) => {
        const output = await runKeepalived(host, file);
        const untold = complaintsOf(output, files[0]?.text ?? '').filter(line => !told.includes(line));
        assert.deepEqual(
          untold,
          [],
          `lines without a remark; keepalived says:\n${output.split('------<')[0]}`,
        );
        if (refused) assert.deepEqual(dumped(output), [], 'it does not start');
        else {
          const read = reading.configuration.instances.map(instance => factsOf(instance, reading));
          assert.deepEqual(dumped(output), read);
          assert.deepEqual(dumpedScripts(output), scriptFactsOf(reading));
        }
      });
    });
});
