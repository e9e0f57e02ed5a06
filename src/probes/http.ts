/**
 * The `http` tracker: one GET (RFC 9110) on a connection of its own; the status decides. No redirects, no keep-alive: each check proves
 * that a new client would be served. The body is read to a bound and thrown away. Details never repeat the URL, which may hold a password.
 */

import { get, type IncomingMessage } from 'node:http';
import { messageOf } from '../lib/errors.ts';
import type { Outcome } from '../tracking/tracker.ts';
import { failed, type Probe, passed } from './probe.ts';

/** Bytes of a body that are read before the connection is cut. */
const BODY_LIMIT = 65_536;

/** A probe of an `http://` URL; `status` is the range of statuses that pass, both ends included. */
export function httpProbe(url: string, status: readonly [number, number]): Probe {
  return {
    check: signal =>
      request(url, signal).then(
        code => judge(code, status),
        (thrown: unknown) => failed(signal.aborted ? 'no answer in time' : messageOf(thrown)),
      ),
  };
}

function judge(code: number, [least, most]: readonly [number, number]): Outcome {
  if (code >= least && code <= most) return passed(`HTTP ${code}`);
  return failed(`HTTP ${code}, expected ${least === most ? least : `${least} to ${most}`}`);
}

/** The status of the answer, once its body has ended or reached the bound. */
function request(url: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': 'locum', accept: '*/*', connection: 'close' };
    get(url, { agent: false, signal, headers }, response => {
      drain(response).then(() => resolve(response.statusCode ?? 0), reject);
    }).on('error', reject);
  });
}

async function drain(response: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > BODY_LIMIT) return;
  }
}
