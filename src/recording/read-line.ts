/** One line of a recording, read and checked. Pure; the reader of the file keeps the line's number. */

import type { IpAddress } from '../lib/ip-address.ts';
import { err, ok, type Result } from '../lib/result.ts';
import type { Duration, Instant } from '../lib/time.ts';
import type { Announcing, Unicast } from '../vrrp/parameters.ts';
import { DISCARD_REASONS } from '../vrrp/receive.ts';
import type { Backup, Fault, Master, State } from '../vrrp/state.ts';
import {
  address,
  type Field,
  fields,
  flag,
  list,
  oneOf,
  optional,
  readAs,
  text,
  variant,
  whole,
} from './fields.ts';
import {
  type DiscardLine,
  FORMAT,
  type Header,
  type InputLine,
  type Line,
  type NoteLine,
  type RecordedAdvert,
  type RecordedInput,
  type RecordedParameters,
  type RouterLine,
} from './line.ts';

/** What is said of a line that was cut, or never was one. */
export const NO_JSON = 'is no JSON';

/** The line, or in words why it is none. */
export function readLine(encoded: string): Result<Line, string> {
  let value: unknown;
  try {
    value = JSON.parse(encoded);
  } catch {
    return err(NO_JSON);
  }
  const format = formatOf(value);
  if (format !== undefined && format !== FORMAT)
    return err(
      `is of format ${format}, this version reads ${FORMAT}: replay it with the Locum that wrote it`,
    );
  const read = readAs(line, value);
  return 'fault' in read ? err(`cannot be read: ${read.fault}`) : ok(read.value);
}

/** Of a header, where it has one; what is no number is a fault like any other. */
function formatOf(value: unknown): number | undefined {
  const isHeader =
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'recording';
  return isHeader && 'format' in value && typeof value.format === 'number' ? value.format : undefined;
}

/** A state with its fields in a fixed order and none more: two of them are equal when their JSON is. */
export function canonicalState(of: State): string {
  return JSON.stringify(state(of, 'state'));
}

const moment = whole<Instant>(Number.MIN_SAFE_INTEGER);
const span = whole<Duration>(0);
const priority = whole(0, 255);

const backup = fields<Backup>({
  name: oneOf('backup'),
  masterDownAt: moment,
  waitingFor: oneOf('master-silent', 'master-resigned', 'master-yielded', 'lower-priority'),
  patience: optional(fields<{ until: Instant; armed: boolean }>({ until: moment, armed: flag })),
  isReady: flag,
  masterInterval: span,
  master: optional(fields<{ address: IpAddress; priority: number }>({ address, priority })),
});

/** Announcements still to come: as many as are configured. */
const MOST_ANNOUNCEMENTS = 1_000;

const master = fields<Master>({
  name: oneOf('master'),
  advertiseAt: moment,
  renewAt: moment,
  announceAt: list(moment, 0, MOST_ANNOUNCEMENTS),
  reassertFrom: moment,
  reassertPending: flag,
  sendFailures: optional(fields<{ count: number; lastAt: Instant }>({ count: whole(0), lastAt: moment })),
});

const fault = fields<Fault>({ name: oneOf('fault'), cause: optional(text), retryAt: optional(moment) });

const state: Field<State> = variant<State>('name', {
  init: fields<{ name: 'init' }>({ name: oneOf('init') }),
  backup,
  master,
  fault,
});

const parameters: Field<RecordedParameters> = fields<RecordedParameters>({
  version: oneOf(2, 3),
  vrid: whole(1, 255),
  addresses: list(address, 1),
  primaryAddress: address,
  unicast: optional(
    fields<Unicast>({
      peers: list(address),
      ttl: whole(1, 255),
      minimumTtl: whole(1, 255),
      checkSource: flag,
    }),
  ),
  priority: whole(1, 255),
  advertisementInterval: whole<Duration>(1),
  preempt: flag,
  preemptDelay: span,
  joint: flag,
  announcing: fields<Announcing>({ again: list(span, 0, MOST_ANNOUNCEMENTS), refresh: optional(span) }),
  timing: oneOf('fast', 'rfc'),
  checksum: oneOf('pseudo-header', 'message-only', 'multicast-pseudo-header'),
  authentication: oneOf('none', 'pass', 'ah', 'hmac'),
});

const advert = fields<RecordedAdvert>({
  type: oneOf('advert'),
  source: address,
  version: whole(0, 15),
  priority,
  interval: span,
  oddities: list(oneOf('interval-differs', 'addresses-differ', 'no-link-local-first', 'not-authenticated')),
});

type Of<K extends RecordedInput['type']> = Extract<RecordedInput, { type: K }>;

const alone = <const K extends string>(type: K) => fields<{ type: K }>({ type: oneOf(type) });

const input: Field<RecordedInput> = variant<RecordedInput>('type', {
  startup: fields<Of<'startup'>>({ type: oneOf('startup'), fault: optional(text) }),
  shutdown: alone('shutdown'),
  timeout: alone('timeout'),
  advert,
  parameters: fields<Of<'parameters'>>({ type: oneOf('parameters'), parameters }),
  fault: fields<Of<'fault'>>({ type: oneOf('fault'), cause: text }),
  faultCleared: alone('faultCleared'),
  rise: alone('rise'),
  stepDown: fields<Of<'stepDown'>>({ type: oneOf('stepDown'), detail: text, wait: span }),
  addressLost: alone('addressLost'),
  effectFailed: fields<Of<'effectFailed'>>({
    type: oneOf('effectFailed'),
    effect: oneOf('advertise', 'acquireAddresses', 'announceAddresses', 'releaseAddresses'),
    message: text,
  }),
});

const line: Field<Line> = variant<Line>('kind', {
  recording: fields<Header>({
    kind: oneOf('recording'),
    format: oneOf(FORMAT),
    version: text,
    node: text,
    at: moment,
    time: text,
    lost: whole(0),
  }),
  router: fields<RouterLine>({ kind: oneOf('router'), at: moment, router: text, parameters, state }),
  input: fields<InputLine>({
    kind: oneOf('input'),
    at: moment,
    router: text,
    input,
    state: optional(state),
    effects: list(text, 0, 10),
  }),
  discard: fields<DiscardLine>({
    kind: oneOf('discard'),
    at: moment,
    router: text,
    reason: oneOf(...DISCARD_REASONS),
    detail: text,
    source: optional(address),
    count: whole(1),
  }),
  note: fields<NoteLine>({ kind: oneOf('note'), at: moment, about: text, subject: text, text }),
});
