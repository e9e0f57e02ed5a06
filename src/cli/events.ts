/** `locum events`: what has happened on this node, as lines for people or as JSON, and what happens from now on. */

import { fetchEvents } from '../control/client.ts';
import { type Event, renderEvent } from '../control/event.ts';
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
  let last: Event | undefined;
  const ended = await followDaemon({
    socket,
    path: '/events?follow',
    onLine: line => {
      const event = JSON.parse(line) as Event;
      if (last !== undefined && !isLater(event, last)) return;
      last = event;
      show(event);
    },
    onLost: why => void io.stderr.write(`${why}\n`),
    onBack: () => void io.stderr.write('the daemon answers again\n'),
    signal: io.endSignal(),
  });
  return typeof ended === 'number' ? ended : failed(ended, io);
}

/** Numbers begin anew with each daemon. */
function isLater(event: Event, last: Event): boolean {
  return event.at > last.at || (event.at === last.at && event.seq > last.seq);
}

function failed({ message }: Error, io: Io): ExitCode {
  io.stderr.write(`error: ${message}\n`);
  return EXIT.failed;
}
