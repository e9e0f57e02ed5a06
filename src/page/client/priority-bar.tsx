/** The effective priority in large figures, as a stacked bar, and as the list of what it is made of. */

import { hasNone, ruleOf, segmentsOf } from '../view/priority.ts';
import type { RouterShown } from '../view/read-status.ts';
import { signed } from '../view/words.ts';

export function PriorityBar({ router, scale }: { router: RouterShown; scale: number }) {
  const none = hasNone(router);
  return (
    <div class={`priority${none ? ' none' : ''}`}>
      <p>
        <span class="label">Priority</span>{' '}
        {none ? <strong>none, in fault</strong> : <strong class="figure">{router.effectivePriority}</strong>}
        {none || router.effectivePriority === router.basePriority ? null : (
          <span class="dim"> from {router.basePriority}</span>
        )}
      </p>
      <div class="bar" aria-hidden="true">
        {segmentsOf(router).map(({ kind, tracker, amount }) => (
          <span
            key={`${kind} ${tracker}`}
            class={kind}
            style={{ width: `${(100 * amount) / scale}%` }}
            title={
              kind === 'base' ? `base ${amount}` : `${tracker} ${signed(kind === 'plus' ? amount : -amount)}`
            }
          />
        ))}
      </div>
      <ul class="contributions">
        <li>
          <span class="swatch base" aria-hidden="true" /> base <b>{router.basePriority}</b>
        </li>
        {router.contributions.map(contribution => (
          <Contribution key={contribution.tracker} contribution={contribution} />
        ))}
      </ul>
    </div>
  );
}

function Contribution({ contribution }: { contribution: RouterShown['contributions'][number] }) {
  const { tracker, health, delta, fault } = contribution;
  const rule = ruleOf(contribution);
  const kind = fault || delta < 0 ? 'minus' : delta > 0 ? 'plus' : 'nil';
  return (
    <li title={rule}>
      <span class={`swatch ${kind}`} aria-hidden="true" /> {tracker} <b>{fault ? 'fault' : signed(delta)}</b>{' '}
      <span class="dim">
        {health}, {rule}
      </span>
    </li>
  );
}
