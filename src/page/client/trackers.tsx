/** The trackers of a node, each with its last outcomes as cells, the newest at the right. */

import type { NodeView } from '../view/node.ts';
import { ruleOf } from '../view/priority.ts';
import type { OperationShown, TrackerShown } from '../view/read-status.ts';
import { ageMs, ago, span } from '../view/words.ts';
import { Operation, Sign, type Tone } from './bits.tsx';

const TONES: Readonly<Record<TrackerShown['health'], Tone>> = { up: 'good', down: 'bad', unknown: 'dim' };

export function Trackers({ node }: { node: NodeView }) {
  const trackers = node.status?.trackers ?? [];
  if (trackers.length === 0) return <p class="dim">None.</p>;
  return (
    <ul class="plain trackers">
      {trackers.map(tracker => (
        <Tracker key={tracker.name} tracker={tracker} node={node} />
      ))}
    </ul>
  );
}

function Tracker({ tracker, node }: { tracker: TrackerShown; node: NodeView }) {
  const { name, type, health, since, last, history } = tracker;
  return (
    <li>
      <details class="tracker">
        <summary>
          <Sign tone={TONES[health]} label={health} />
          <span class="title">
            <strong>{name}</strong>{' '}
            <span class="dim">
              {type}, {ruleOf(tracker)}
            </span>
          </span>
          <Cells history={history} node={node} />
          <span class="last">
            {health} for {span(ageMs(since, node.elapsedMs))}
            <span class="dim"> {last === null ? 'not checked yet' : last.detail}</span>
          </span>
        </summary>
        <ol class="plain outcomes">
          {history.map((outcome, i) => (
            <li key={`${outcome.when.at} ${i}`}>
              <Operation operation={outcome} node={node} />
            </li>
          ))}
        </ol>
      </details>
    </li>
  );
}

function Cells({ history, node }: { history: readonly OperationShown[]; node: NodeView }) {
  const failed = history.filter(({ ok }) => !ok).length;
  return (
    <span class="cells" role="img" aria-label={`${failed} of the last ${history.length} checks failed`}>
      {history.toReversed().map((outcome, i) => (
        <span
          key={`${outcome.when.at} ${i}`}
          class={outcome.ok ? 'ok' : 'failed'}
          title={`${ago(outcome.when, node.elapsedMs)}: ${outcome.detail}`}
        />
      ))}
    </span>
  );
}
