/** The `tcp` tracker: it passes when a connection is accepted. Nothing is sent. */

import { connect } from 'node:net';
import { messageOf } from '../lib/errors.ts';
import type { Outcome } from '../tracking/tracker.ts';
import { failed, type Probe, passed } from './probe.ts';

export function tcpProbe({ host, port }: { readonly host: string; readonly port: number }): Probe {
  const check = (signal: AbortSignal): Promise<Outcome> =>
    new Promise(resolve => {
      const socket = connect({ host, port, signal });
      socket.once('connect', () => {
        resolve(passed(`${host}:${port} accepts connections`));
        socket.destroy();
      });
      socket.once('error', error => {
        resolve(failed(signal.aborted ? 'no answer in time' : messageOf(error)));
      });
    });
  return { check };
}
