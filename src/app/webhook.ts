/**
 * Webhooks: a message as one POST (RFC 9110), signed if a secret is named. An answer of 2xx is success and its content is of no interest;
 * a redirect is not followed, as it would take the signed message to somebody else. No text from here holds the URL or the secret.
 *
 * A host name is looked up by getaddrinfo(3) on libuv's pool, which gives slow lookups half of its threads at most: those that take
 * addresses always have the other half.
 */

import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../lib/errors.ts';
import type { Utc } from '../lib/time.ts';
import { type Message, messageId, messageJson } from '../notify/message.ts';
import { keyOf, type Sign, signatureHeaders } from '../notify/signature.ts';
import { fetchStatus, type HttpRequest } from '../probes/http-request.ts';
import type { Webhook } from './config/config.ts';
import type { Deliver, Delivery } from './telling.ts';

export interface WebhookContext {
  /** The node's name. */
  readonly node: string;
  /** For the User-Agent. */
  readonly version: string;
  readonly utc: () => Utc;
}

export function webhookDelivery(hook: Webhook, { node, version, utc }: WebhookContext): Deliver {
  const teller = { node, series: randomUUID() };
  return async (message, signal) => {
    const sign = await signerOf(hook.secretFile);
    if (typeof sign === 'string') return { ok: false, detail: sign };
    const content = messageJson(message, teller, isoTime(message));
    const proof = signatureHeaders(messageId(teller, message.seq), utc(), content, sign);
    return post(hook, content, { ...proof, 'user-agent': `locum/${version}` }, signal);
  };
}

const isoTime = ({ notice }: Message): string => new Date(notice.at / 1_000).toISOString();

/** A function that signs, undefined where nothing is signed, or why that cannot be. The file may be replaced at any time. */
async function signerOf(secretFile: string | undefined): Promise<Sign | undefined | string> {
  if (secretFile === undefined) return undefined;
  try {
    const key = keyOf(await readFile(secretFile, 'utf8'));
    if (!key.ok) return `the secret in ${secretFile} ${key.error}`;
    return content => createHmac('sha256', key.value).update(content).digest('base64');
  } catch (thrown) {
    return `the secret cannot be read: ${messageOf(thrown)}`;
  }
}

async function post(
  { url, tlsCa }: Webhook,
  content: string,
  headers: HttpRequest['headers'],
  signal: AbortSignal,
): Promise<Delivery> {
  const request: HttpRequest = {
    url,
    method: 'POST',
    connect: undefined,
    headers: {
      ...headers,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(content)),
    },
    content,
    tls: { verify: true, ca: tlsCa, name: undefined },
  };
  try {
    return judge(await fetchStatus(request, signal));
  } catch (thrown) {
    return { ok: false, detail: signal.aborted ? 'no answer in time' : messageOf(thrown) };
  }
}

/** Worth another try: Request Timeout, Too Early, Too Many Requests, and whatever is the server's own fault. */
const PASSING: readonly number[] = [408, 425, 429];

function judge(status: number): Delivery {
  const detail = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { ok: true, detail };
  if (status >= 300 && status < 400)
    return { ok: false, detail: `${detail}: redirects are not followed`, final: true };
  return { ok: false, detail, final: status < 500 && !PASSING.includes(status) };
}
