/**
 * What hooks are told, under fire: names, reasons and details as a tracker's output, a label or a packet may hold them. The JSON of a
 * webhook is one object with just these values, its proof is what a second implementation makes of the same octets and fits in a header,
 * and what a program is given is four words.
 */

import { createHmac } from 'node:crypto';
import { validateHeaderValue } from 'node:http';
import { utc } from '../../src/lib/time.ts';
import { type Message, messageId, messageJson, type Teller } from '../../src/notify/message.ts';
import { NOTICE_STATES, notifyArguments } from '../../src/notify/notice.ts';
import { keyOf, signatureHeaders } from '../../src/notify/signature.ts';
import type { Random } from '../sim/random.ts';
import { brokenText, HOSTILE_TEXTS } from './json.ts';
import { type Fails, type Judgement, type Target, withoutNeedless } from './target.ts';

export interface MessageInput {
  readonly message: Message;
  readonly teller: Teller;
  /** As in the file that a hook names. */
  readonly secret: string;
}

/** The writing under fire; a test puts a broken one in its place. */
export type WriteMessage = typeof messageJson;

export function messageTarget(name: string, write: WriteMessage = messageJson): Target<MessageInput> {
  return {
    name,
    boundMs: 100,
    make: makeInput,
    judge: input => judge(input, write),
    minimise: minimiseMessage,
    show: input => JSON.stringify(input),
  };
}

export const MESSAGES = messageTarget('message');

const AT = '2026-09-21T14:13:20.123Z';
const SENT_AT = utc(1_790_000_000_999_999);

const DETAILS = [
  'nobody was heard for 3.6s',
  'tracker page: HTTP 503 in 2 ms: <html>"down"</html>',
  'tracker disk: exit code 1: df: /srv: Transport endpoint is not connected',
  '198.18.51.12 advertises 98, we 70',
];
const SECRETS = [
  'a secret of more than 24 octets',
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  'whsec_',
];

const oneOf = (list: readonly string[], random: Random): string =>
  random.weighted([
    [3, random.pick(list)],
    [3, brokenText(random.pick(list), random)],
    [3, random.pick(list) + random.pick(HOSTILE_TEXTS)],
    [1, random.pick(HOSTILE_TEXTS)],
  ]);

function makeInput(random: Random): MessageInput {
  const notice = {
    router: oneOf(['web', 'mail-6'], random),
    vrid: random.between(1, 255),
    from: random.pick(['init', 'backup', 'master', 'fault'] as const),
    state: random.pick(NOTICE_STATES),
    reason: oneOf(['master-silent', 'startup'], random),
    detail: oneOf(DETAILS, random),
    priority: random.between(1, 255),
    at: utc(random.between(0, 1e12)),
  };
  const message = { notice, seq: random.between(1, 1e9), folded: random.between(0, 9) };
  const teller = { node: oneOf(['node-a', 'lb.example.com'], random), series: '0b7c1c5e-1' };
  return { message, teller, secret: oneOf(SECRETS, random) };
}

function judge({ message, teller, secret }: MessageInput, write: WriteMessage): Judgement {
  const body = write(message, teller, AT);
  const key = keyOf(secret);
  const problem =
    unlike(message, teller, body) ??
    unfitBody(body) ??
    unfitKey(secret, key.ok ? key.value : undefined) ??
    unfitProof(messageId(teller, message.seq), body, key.ok ? key.value : undefined) ??
    unfitArguments(message);
  return { outcome: key.ok ? 'signed' : 'without a key', problem };
}

function unlike(
  { notice, seq, folded }: Message,
  { node, series }: Teller,
  body: string,
): string | undefined {
  const { router, vrid, from, state, reason, detail, priority } = notice;
  const { text, ...read } = JSON.parse(body) as Record<string, unknown>;
  const told = { version: 1, id: `${series}-${seq}`, seq, folded, node, router, vrid, from, state, reason };
  const wanted = JSON.stringify({ ...told, priority, at: AT });
  if (JSON.stringify(read) !== wanted) return `it says ${JSON.stringify(read)}`;
  const isWhole = typeof text === 'string' && text.startsWith(`${router} on ${node} is `);
  return isWhole && text.endsWith(`: ${detail}`) ? undefined : `its text is ${JSON.stringify(text)}`;
}

/** One line of octets that are the same text again. */
function unfitBody(body: string): string | undefined {
  if (/\n|\r|\0/.test(body)) return 'it is more than one line';
  return Buffer.from(body).toString('utf8') === body ? undefined : 'it changes on its way';
}

function unfitKey(secret: string, key: Uint8Array | undefined): string | undefined {
  const [, base64] = /^whsec_(.*)$/s.exec(secret.trim()) ?? [];
  if (key === undefined) return undefined;
  const wanted = base64 === undefined ? Buffer.from(secret.trim()) : Buffer.from(base64, 'base64');
  if (key.length < 24 || key.length > 64) return `a key of ${key.length} octets`;
  return Buffer.compare(wanted, key) === 0 ? undefined : `another key: ${Buffer.from(key).toString('hex')}`;
}

function unfitProof(id: string, body: string, key: Uint8Array | undefined): string | undefined {
  const sign = (content: string): string =>
    createHmac('sha256', key ?? '')
      .update(content)
      .digest('base64');
  const headers = signatureHeaders(id, SENT_AT, body, key && sign);
  for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value);
  const signed = Buffer.concat([Buffer.from(`${id}.1790000000.`), Buffer.from(body)]);
  const proof = createHmac('sha256', key ?? '')
    .update(signed)
    .digest('base64');
  const wanted = key === undefined ? undefined : `v1,${proof}`;
  return headers['webhook-signature'] === wanted ? undefined : 'its proof is not one';
}

function unfitArguments({ notice }: Message): string | undefined {
  const [type, name, state, priority, ...more] = notifyArguments(notice);
  const isFit = type === 'INSTANCE' && name === notice.router && more.length === 0;
  const isPlain = /^[A-Z]+$/.test(state ?? '') && /^\d+$/.test(priority ?? '');
  return isFit && isPlain ? undefined : `a program is given ${notifyArguments(notice).join(' ')}`;
}

async function minimiseMessage(input: MessageInput, fails: Fails<MessageInput>): Promise<MessageInput> {
  const having = (part: 'router' | 'reason' | 'detail', text: string): MessageInput => {
    const notice = { ...smaller.message.notice, [part]: text };
    return { ...smaller, message: { ...smaller.message, notice } };
  };
  let smaller = input;
  for (const part of ['router', 'reason', 'detail'] as const) {
    const left = await withoutNeedless([...smaller.message.notice[part]], fewer =>
      fails(having(part, fewer.join(''))),
    );
    smaller = having(part, left.join(''));
  }
  return smaller;
}
