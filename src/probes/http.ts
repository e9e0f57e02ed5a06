/** The `http` tracker: one request; the status decides, and where it is asked for a text in the body. Details never repeat the URL. */

import { messageOf } from '../lib/errors.ts';
import type { Outcome } from '../tracking/tracker.ts';
import { fetchOnce, type HttpAnswer, type HttpRequest } from './http-request.ts';
import { failed, type Probe, passed } from './probe.ts';

export interface Expectation {
  /** The range of statuses that pass, both ends included. */
  readonly status: readonly [number, number];
  /** What must stand in the body's beginning. */
  readonly contains: string | undefined;
}

export function httpProbe(request: HttpRequest, expected: Expectation): Probe {
  return {
    check: signal =>
      fetchOnce(request, signal).then(
        answer => judge(answer, expected),
        (thrown: unknown) => failed(signal.aborted ? 'no answer in time' : messageOf(thrown)),
      ),
  };
}

/** Characters of the expected text that a detail shows. */
const SHOWN = 40;

function judge({ status, body }: HttpAnswer, { status: [least, most], contains }: Expectation): Outcome {
  if (status < least || status > most)
    return failed(`HTTP ${status}, expected ${least === most ? least : `${least} to ${most}`}`);
  if (contains !== undefined && !body.includes(contains))
    return failed(`HTTP ${status}, but without ${JSON.stringify(contains.slice(0, SHOWN))} in the body`);
  return passed(`HTTP ${status}`);
}
