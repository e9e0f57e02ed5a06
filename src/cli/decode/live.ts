/**
 * `locum decode --live`: the VRRP on an interface as it comes and goes, until the end is asked for. It sends nothing. In a flood a portion of each second is shown
 * and the rest is counted, so that the wire is never further ahead than that.
 */

import { messageOf } from '../../lib/errors.ts';
import { type Dependencies, EXIT, type ExitCode, type Io } from '../io.ts';
import { type Explanation, explainFrame, type Judge } from './explain-packet.ts';
import { LINKTYPE_ETHERNET, LINKTYPE_RAW } from './link-layer.ts';
import { isWrong, wordsOf } from './words.ts';

export interface LiveOptions {
  readonly json?: boolean;
  /** How many packets to show. */
  readonly count?: string;
}

/** More a second are counted and not shown. */
export const SHOWN_A_SECOND = 200;
const SECOND_MS = 1_000;

export async function decodeLive(
  named: string | undefined,
  judges: readonly Judge[],
  options: LiveOptions,
  io: Io,
  dependencies: Dependencies,
): Promise<ExitCode> {
  const most = options.count === undefined ? Number.POSITIVE_INFINITY : Number(options.count);
  if (options.count !== undefined && !/^[1-9]\d{0,8}$/.test(options.count))
    return refuse(io, `--count must be a number of packets, not ${JSON.stringify(options.count)}`);
  try {
    const name = named ?? (await onlyInterface(dependencies));
    const show = options.json === true ? jsonLine : textLine;
    const { counts, failure } = await listen({ name, judges, most, show, io, dependencies });
    io.stderr.write(`${summary(name, counts)}\n`);
    if (failure !== undefined) io.stderr.write(`error: ${failure}\n`);
    return failure === undefined ? EXIT.done : EXIT.failed;
  } catch (thrown) {
    return refuse(io, messageOf(thrown));
  }
}

function refuse(io: Io, message: string): ExitCode {
  io.stderr.write(`error: ${message}\n`);
  return EXIT.refused;
}

/** Throws when that cannot be told. */
async function onlyInterface({ readHost }: Dependencies): Promise<string> {
  const { interfaces } = await readHost();
  const others = interfaces.filter(({ name, up }) => up && name !== 'lo').map(({ name }) => name);
  const [only, ...more] = others;
  if (only !== undefined && more.length === 0) return only;
  const there = others.join(', ') || 'none that is up';
  throw new Error(`there is more than one interface to listen on, or none: name one of ${there}`);
}

interface Counts {
  heard: number;
  wrong: number;
  notShown: number;
  /** By the kernel. */
  missed: number;
}

interface Listening {
  readonly name: string;
  readonly judges: readonly Judge[];
  readonly most: number;
  readonly show: (time: Date, explanation: Explanation) => string;
  readonly io: Io;
  readonly dependencies: Dependencies;
}

interface Heard {
  readonly counts: Counts;
  /** Why it could not go on. */
  readonly failure: string | undefined;
}

/** Rejects when it cannot begin. */
async function listen({ name, judges, most, show, io, dependencies }: Listening): Promise<Heard> {
  const counts: Counts = { heard: 0, wrong: 0, notShown: 0, missed: 0 };
  const portion = portionOfEachSecond(SHOWN_A_SECOND);
  const signal = io.endSignal();
  let end: (failure?: string) => void = () => undefined;
  const ended = new Promise<string | undefined>(resolve => {
    end = resolve;
  });
  const onFrame = (bytes: Uint8Array, ethernet: boolean): void => {
    if (counts.heard >= most) return;
    counts.heard++;
    const time = new Date();
    const explanation = explainFrame(
      { linkType: ethernet ? LINKTYPE_ETHERNET : LINKTYPE_RAW, bytes },
      judges,
    );
    if (isWrong(explanation)) counts.wrong++;
    if (portion(time.getTime())) io.stdout.write(`${show(time, explanation)}\n`);
    else counts.notShown++;
    if (counts.heard >= most) end();
  };
  const capture = await dependencies.openCapture({
    interfaceName: name,
    onFrame,
    onError: error => end(messageOf(error)),
  });
  io.stderr.write(`listening on ${name}\n`);
  signal.addEventListener('abort', () => end(), { once: true });
  if (signal.aborted) end();
  const failure = await ended;
  capture.close();
  return { counts: { ...counts, missed: capture.missed() }, failure };
}

/** Whether there is room for one more in the second that this time lies in. */
function portionOfEachSecond(most: number): (nowMs: number) => boolean {
  let second = Number.NaN;
  let count = 0;
  return nowMs => {
    const current = Math.floor(nowMs / SECOND_MS);
    if (current !== second) [second, count] = [current, 0];
    count++;
    return count <= most;
  };
}

const textLine = (time: Date, explanation: Explanation): string =>
  `${time.toISOString().slice(11, 23)}  ${wordsOf(explanation)}`;

const jsonLine = (time: Date, explanation: Explanation): string =>
  JSON.stringify({ time: time.toISOString(), ...explanation });

function summary(name: string, { heard, wrong, notShown, missed }: Counts): string {
  const parts = [
    `${heard} ${heard === 1 ? 'packet' : 'packets'} on ${name}`,
    `${wrong} of them wrong`,
    ...(notShown > 0 ? [`${notShown} not shown: more than ${SHOWN_A_SECOND} in a second`] : []),
    ...(missed > 0 ? [`${missed} missed: they came too fast`] : []),
  ];
  return parts.join(', ');
}
