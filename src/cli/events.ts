/** `locum events`: what has happened on this node, as lines for people or as JSON, and what happens from now on. */

import { fetchEvents } from '../control/client.ts';
import { type Event, renderEvent } from '../control/event.ts';
import { EVENTS_KEPT } from '../control/event-log.ts';
import { followDaemon } from './follow.ts';
import { EXIT, type ExitCode, type Io } from './io.ts';
import { type AskOptions, withSocket } from './status.ts';

export interface EventsOptions extends AskOptions {
  readonly follow?: boolean;
  readonly json?: boolean;
}

export function events(options: EventsOptions, io: Io): Promise<ExitCode> {
  const show = (event: Event): void =>
    void io.stdout.write(`${options.json === true ? JSON.stringify(event) : renderEvent(event)}\n`);
  const list = options.follow === true ? followEvents : listEvents;
  return withSocket(options, io, socket => list(socket, show, io));
}

async function listEvents(socket: string, show: (event: Event) => void, io: Io): Promise<ExitCode> {
  const answer = await fetchEvents(socket);
  if (!answer.ok) return failed(answer.error, io);
  answer.value.forEach(show);
  return EXIT.done;
}

/** A daemon that is asked again tells its last events again: each is shown once. */
async function followEvents(socket: string, show: (event: Event) => void, io: Io): Promise<ExitCode> {
  let shown: readonly string[] = [];
  const ended = await followDaemon({
    socket,
    path: '/events?follow',
    onLine: line => {
      const event = JSON.parse(line) as Event;
      // Of another daemon, a number may come again, and the clock may have been set back: only both together name an event.
      const key = `${event.at} ${event.seq}`;
      if (shown.includes(key)) return;
      shown = [...shown, key].slice(-EVENTS_KEPT);
      show(event);
    },
    onLost: why => void io.stderr.write(`${why}\n`),
    onBack: () => void io.stderr.write('the daemon answers again\n'),
    signal: io.endSignal(),
  });
  return typeof ended === 'number' ? ended : failed(ended, io);
}

function failed({ message }: Error, io: Io): ExitCode {
  io.stderr.write(`error: ${message}\n`);
  return EXIT.failed;
}
