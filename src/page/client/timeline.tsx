/** The state timeline: one strip a node over one time axis. */

import { type Timeline, timelineOf } from '../view/timeline.ts';
import type { VirtualRouter } from '../view/virtual-routers.ts';
import { span } from '../view/words.ts';

export function TimelineStrips({ virtual }: { virtual: VirtualRouter }) {
  const { strips, windowMs } = timelineOf(virtual);
  if (strips.length === 0) return null;
  return (
    <figure class="timeline">
      {strips.map(strip => (
        <Strip key={strip.member.node.key} strip={strip} />
      ))}
      <figcaption aria-hidden="true">
        <span>{span(windowMs)} ago</span>
        <span>{span(windowMs / 2)}</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

function Strip({ strip: { member, stretches } }: { strip: Timeline['strips'][number] }) {
  const { node } = member;
  return (
    <div class={`strip${node.freshness === 'stale' ? ' old' : ''}`}>
      <span class="whose">{node.name}</span>
      <ol class="track">
        {stretches.map(({ state, from, to, text }) => (
          <li
            key={text}
            class={state}
            title={text}
            style={{ left: `${100 * from}%`, width: `${100 * (to - from)}%` }}
          >
            <span class="unseen">{text}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
