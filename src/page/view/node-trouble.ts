/** What is wrong with a node apart from its virtual routers: its silence, its trackers, its upstreams, its own health. */

import type { NodeView } from './node.ts';
import type { OperationShown, Shown, UpstreamsShown } from './read-status.ts';
import type { Level, Trouble } from './trouble.ts';
import { ago, span, times } from './words.ts';

/** One failure and its end are two changes. */
const FLAPPING_CHANGES = 3;
/** A process as late as this, lately, has missed adverts of short intervals. */
const LATE_MS = 200;

export function nodeTroubles(node: NodeView): Trouble[] {
  const { status } = node;
  // What a silent node said of itself is history.
  if (node.freshness !== 'live' || status === null) return silence(node);
  return [
    ...drained(node, status),
    ...trackers(node, status),
    ...surroundings(node, status),
    ...reloaded(node, status),
    ...(status.upstreams === null ? [] : upstreams(node, status.upstreams)),
    ...hooks(node, status),
  ];
}

function silence({ name, freshness, silentMs, url, unreadable }: NodeView): Trouble[] {
  if (freshness === 'live' || freshness === 'waiting') return [];
  if (unreadable)
    return [
      of('warning', `${name} does not answer as Locum does`, `what came from ${url ?? 'it'} is no status`),
    ];
  if (freshness === 'stale')
    return [
      of(
        'warning',
        `No word from ${name} for ${span(silentMs)}`,
        'What is shown of it is what it said last.',
      ),
    ];
  const setting =
    'there http.listen must be that address, and http.peers must name the address of this page.';
  return [
    url === null
      ? of('warning', 'No word from the node of this page', 'It may have stopped; the page goes on asking.')
      : of('warning', `${name} cannot be reached from this browser`, `Nothing came from ${url}: ${setting}`),
  ];
}

function drained({ name }: NodeView, { drain }: Shown): Trouble[] {
  if (drain.state === 'none') return [];
  const end = drain.state === 'drained' ? ' "locum undrain" there ends it.' : '';
  return [of('notice', `${name} is ${drain.state}`, `${drain.detail}.${end}`)];
}

function trackers({ name, elapsedMs }: NodeView, status: Shown): Trouble[] {
  return status.trackers.flatMap(tracker => {
    const { health, last, changesLastMinute } = tracker;
    const detail = last === null ? '' : `${last.detail}, ${ago(last.when, elapsedMs)}`;
    return [
      ...(health === 'down' ? [of('warning', `Tracker ${tracker.name} is down on ${name}`, detail)] : []),
      ...(changesLastMinute >= FLAPPING_CHANGES
        ? [
            of(
              'warning',
              `Tracker ${tracker.name} flaps on ${name}`,
              `It changed ${times(changesLastMinute, 'time')} within a minute: a larger rise or fall would calm it.`,
            ),
          ]
        : []),
    ];
  });
}

function surroundings({ name }: NodeView, { docker, eventLoop, scheduling }: Shown): Trouble[] {
  return [
    ...(docker?.connected === false
      ? [of('warning', `${name} does not reach Docker`, docker.lastError ?? 'it goes on trying')]
      : []),
    ...(eventLoop.maxLagMs >= LATE_MS
      ? [
          of(
            'notice',
            `${name} was held up for ${Math.round(eventLoop.maxLagMs)} ms within the last minutes`,
            'Its adverts were late by as much.',
          ),
        ]
      : []),
    ...(scheduling !== null && scheduling.problem !== null
      ? [of('warning', `${name} is not scheduled as configured`, scheduling.problem)]
      : []),
  ];
}

function reloaded({ name }: NodeView, { reload }: Shown): Trouble[] {
  return reload === null || reload.ok
    ? []
    : [of('warning', `${name} refused its new configuration and goes on with the old one`, reload.detail)];
}

function upstreams({ name, elapsedMs }: NodeView, shown: UpstreamsShown): Trouble[] {
  const steps: [string, OperationShown | null][] = [
    ['rendered', shown.lastRender],
    ['loaded by nginx', shown.lastReload],
    ['verified', shown.lastVerify],
  ];
  return [
    ...steps.flatMap(([done, step]) =>
      step === null || step.ok
        ? []
        : [
            of(
              'warning',
              `The upstreams of ${name} could not be ${done}`,
              `${step.detail}, ${ago(step.when, elapsedMs)}`,
            ),
          ],
    ),
    ...shown.upstreams
      .filter(({ servers }) => servers.length === 0)
      .map(upstream =>
        of('warning', `Upstream ${upstream.name} on ${name} has no server`, 'nginx answers 502.'),
      ),
    ...(shown.leftOut.length > 0
      ? [
          of(
            'warning',
            `${times(shown.leftOut.length, 'container')} left out of the upstreams of ${name}`,
            'Under Upstreams: which, why, and what to do.',
          ),
        ]
      : []),
    ...shown.warnings.map(text => of('notice', `Labels on ${name}`, text)),
  ];
}

function hooks({ name, elapsedMs }: NodeView, status: Shown): Trouble[] {
  return status.hooks.flatMap(hook =>
    hook.last === null || hook.last.ok
      ? []
      : [
          of(
            'warning',
            `Hook ${hook.name} failed on ${name}`,
            `${hook.last.detail}, ${ago(hook.last.when, elapsedMs)}`,
          ),
        ],
  );
}

const of = (level: Level, what: string, detail: string): Trouble => ({ level, what, detail, router: null });
