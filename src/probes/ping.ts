/**
 * The `ping` tracker: ICMP echo requests to a gateway or a witness. A node that lost its network should not hold the address.
 *
 * Requests are spread over the time there is, so that one burst of loss does not take them all; the check ends with the answer that
 * suffices. Each check has its own sequence numbers: a late reply to the check before does not count.
 */

import type { Clock } from '../lib/clock.ts';
import { messageOf, type OperatingError } from '../lib/errors.ts';
import type { IpAddress } from '../lib/ip-address.ts';
import { type Duration, inMilliseconds, microseconds } from '../lib/time.ts';
import type { Outcome } from '../tracking/tracker.ts';
import { failed, type Probe, passed } from './probe.ts';

export interface EchoSocket {
  send(sequence: number): void;
  close(): void;
}

/** Opens a socket to one address; may throw an OperatingError. */
export type OpenEcho = (options: {
  readonly address: IpAddress;
  readonly identifier: number;
  readonly onReply: (sequence: number) => void;
  readonly onError: (error: OperatingError) => void;
}) => EchoSocket;

export interface PingOptions {
  readonly address: IpAddress;
  /** Requests a check, and answers needed of them; `replies` is at most `count`. */
  readonly count: number;
  readonly replies: number;
  readonly identifier: number;
}

/** The part of a check's time that is used for waiting: it ends a little earlier, to tell what it has. */
const USED = 0.9;
const SEQUENCES = 65_536;

export class PingProbe implements Probe {
  readonly #options: PingOptions;
  readonly #open: OpenEcho;
  readonly #clock: Clock;
  #sequence = 0;

  constructor(options: PingOptions, open: OpenEcho, clock: Clock) {
    this.#options = options;
    this.#open = open;
    this.#clock = clock;
  }

  async check(signal: AbortSignal, within: Duration): Promise<Outcome> {
    const cleanUp: (() => void)[] = [];
    try {
      return await new Promise<Outcome>((resolve, reject) => {
        const onAbort = (): void => resolve(failed('no answer in time'));
        signal.addEventListener('abort', onAbort, { once: true });
        cleanUp.push(() => signal.removeEventListener('abort', onAbort));
        this.#exchange(within, cleanUp, resolve, reject);
      });
    } catch (thrown) {
      return failed(messageOf(thrown));
    } finally {
      for (const step of cleanUp) step();
    }
  }

  #exchange(
    within: Duration,
    cleanUp: (() => void)[],
    resolve: (outcome: Outcome) => void,
    reject: (thrown: unknown) => void,
  ): void {
    const { address, count, replies, identifier } = this.#options;
    const clock = this.#clock;
    const first = this.#sequence;
    this.#sequence = (first + count) % SEQUENCES;
    const began = clock.now();
    const answered = new Set<number>();
    let refusal = '';
    const socket = this.#open({
      address,
      identifier,
      onReply: sequence => {
        const place = (sequence - first + SEQUENCES) % SEQUENCES;
        if (place < count) answered.add(place);
        if (answered.size < replies) return;
        const took = inMilliseconds(microseconds(clock.now() - began)).toFixed(1);
        resolve(passed(`${address} answers, ${answered.size} of ${count} within ${took} ms`));
      },
      onError: error => {
        refusal = `; ${error.message}`;
      },
    });
    cleanUp.push(() => socket.close());
    const spacing = microseconds((within * USED) / count);
    const step = (place: number): void => {
      try {
        if (place === count)
          resolve(failed(`${address}: ${answered.size} of ${count} answered, ${replies} needed${refusal}`));
        else socket.send((first + place) % SEQUENCES);
      } catch (thrown) {
        reject(thrown);
      }
    };
    step(0);
    for (let place = 1; place <= count; place++)
      cleanUp.push(clock.after(microseconds(place * spacing), () => step(place)));
  }
}
