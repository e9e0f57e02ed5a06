/** The top of the page: the answer in large letters, what is wrong, and who is connected. */

import type { Answer, Mood } from '../view/answer.ts';
import type { NodeView } from '../view/node.ts';
import type { Level, Trouble } from '../view/trouble.ts';
import { span } from '../view/words.ts';

const MOODS: Readonly<Record<Mood, readonly [sign: string, word: string]>> = {
  fine: ['✓', 'All is well'],
  notice: ['✓', 'Working'],
  warning: ['!', 'Needs a look'],
  alarm: ['✕', 'Needs action'],
  unknown: ['?', 'Not known'],
};

const LEVELS: Readonly<Record<Level, readonly [sign: string, word: string]>> = {
  alarm: ['✕', 'Alarm'],
  warning: ['!', 'Warning'],
  notice: ['i', 'Notice'],
};

/** More are counted. */
const MOST_TROUBLES = 12;

export function AnswerCard({ answer, troubles }: { answer: Answer; troubles: readonly Trouble[] }) {
  const [sign, word] = MOODS[answer.mood];
  const more = troubles.length - MOST_TROUBLES;
  return (
    <section class={`answer ${answer.mood}`} aria-label="Answer">
      <div class="mark" aria-hidden="true">
        {sign}
      </div>
      <div role="status">
        <p class="mood">{word}</p>
        <h1>{answer.headline}</h1>
      </div>
      {answer.detail === '' ? null : <p class="detail">{answer.detail}</p>}
      {troubles.length === 0 ? null : (
        <ul class="troubles" aria-label="What is wrong">
          {troubles.slice(0, MOST_TROUBLES).map(trouble => (
            <TroubleItem key={`${trouble.router} ${trouble.what}`} trouble={trouble} />
          ))}
          {more > 0 ? <li class="dim">and {more} more</li> : null}
        </ul>
      )}
    </section>
  );
}

function TroubleItem({ trouble: { level, what, detail } }: { trouble: Trouble }) {
  const [sign, word] = LEVELS[level];
  return (
    <li class={level}>
      <span class="level">
        <span aria-hidden="true">{sign}</span>
        <span class="unseen">{word}:</span>
      </span>
      <div>
        <strong>{what}</strong>
        {detail === '' ? null : <p>{detail}</p>}
      </div>
    </li>
  );
}

const FRESHNESS: Readonly<Record<NodeView['freshness'], string>> = {
  waiting: 'asking',
  live: 'live',
  stale: 'silent',
  lost: 'not reached',
};

/** The nodes that are shown, and whether each is heard. */
export function Nodes({ nodes }: { nodes: readonly NodeView[] }) {
  return (
    <ul class="nodes" aria-label="Nodes">
      {nodes.map(node => (
        <li key={node.key} class={node.freshness}>
          <span class="dot" aria-hidden="true" />
          {node.url === null ? (
            <span>{node.name}</span>
          ) : (
            <a href={node.url} rel="noreferrer">
              {node.name}
            </a>
          )}
          <span class="dim">
            {FRESHNESS[node.freshness]}
            {node.freshness === 'stale' ? ` for ${span(node.silentMs)}` : ''}
          </span>
        </li>
      ))}
    </ul>
  );
}
