/** A virtual router: a line for each node, and, opened, all that each node says of it. */

import { useState } from 'preact/hooks';
import type { NodeView } from '../view/node.ts';
import { hasNone, scaleOf } from '../view/priority.ts';
import type { RouterShown } from '../view/read-status.ts';
import type { Level } from '../view/trouble.ts';
import type { Member, VirtualRouter } from '../view/virtual-routers.ts';
import { ageMs, span, together } from '../view/words.ts';
import { Column, StateBadge } from './bits.tsx';
import { PriorityBar } from './priority-bar.tsx';
import { Addresses, Counters, Peers, Transitions } from './router-parts.tsx';
import { TimelineStrips } from './timeline.tsx';

export interface RouterCardProps {
  readonly virtual: VirtualRouter;
  readonly level: Level | null;
  readonly initiallyOpen: boolean;
}

export function RouterCard({ virtual, level, initiallyOpen }: RouterCardProps) {
  const [open, setOpen] = useState(initiallyOpen);
  const trouble = level === 'alarm' || level === 'warning' ? ` ${level}` : '';
  return (
    <details
      class={`card router${trouble}`}
      open={open}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>
        <span class="title">
          <strong>{virtual.name}</strong>{' '}
          <span class="dim">
            VRID {virtual.vrid}
            {virtual.family === 6 ? ', IPv6' : ''}
          </span>
        </span>
        <span class="addresses">{together(virtual.addresses)}</span>
        <span class="states">
          {virtual.members.map(member => (
            <StateOf key={member.node.key} member={member} />
          ))}
        </span>
      </summary>
      {open ? <Opened virtual={virtual} /> : null}
    </details>
  );
}

function StateOf({ member: { node, router } }: { member: Member }) {
  const known = router !== null && node.freshness !== 'stale';
  return (
    <span class={`state-of${known ? '' : ' old'}`}>
      <span class="whose">{node.name}</span>
      {router === null ? (
        <span class="badge absent">{node.status === null ? '? unknown' : '– not here'}</span>
      ) : (
        <StateBadge state={router.state} />
      )}
      {router === null || hasNone(router) ? null : <span class="figure">{router.effectivePriority}</span>}
    </span>
  );
}

function Opened({ virtual }: { virtual: VirtualRouter }) {
  const routers = virtual.members.flatMap(({ router }) => (router === null ? [] : [router]));
  const scale = scaleOf(routers);
  return (
    <>
      <TimelineStrips virtual={virtual} />
      <div class="columns">
        {virtual.members.map(({ node, router }) => (
          <Column key={node.key} node={node}>
            {router === null ? (
              <p class="dim">
                {node.status === null ? 'Nothing is known of it here.' : 'This node has no such router.'}
              </p>
            ) : (
              <RouterOnNode node={node} router={router} scale={scale} />
            )}
          </Column>
        ))}
      </div>
    </>
  );
}

function RouterOnNode({ node, router, scale }: { node: NodeView; router: RouterShown; scale: number }) {
  return (
    <>
      <p class="why">
        <StateBadge state={router.state} /> for {span(ageMs(router.since, node.elapsedMs))}
        <span class="dim"> {router.reason}</span>
      </p>
      <PriorityBar router={router} scale={scale} />
      <Addresses router={router} />
      <Peers router={router} node={node} />
      <Transitions router={router} node={node} />
      <Counters router={router} />
    </>
  );
}
