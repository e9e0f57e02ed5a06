/** The whole page of what has come so far. A function of the feeds and the time, but for what a reader opened and typed. */

import { useState } from 'preact/hooks';
import { answerOf } from '../view/answer.ts';
import { type Feed, type NodeView, nodesOf } from '../view/node.ts';
import { type Trouble, worstOf } from '../view/trouble.ts';
import { troublesOf } from '../view/troubles.ts';
import { type VirtualRouter, virtualRoutersOf } from '../view/virtual-routers.ts';
import { AnswerCard, Nodes } from './answer.tsx';
import { Columns, Section } from './bits.tsx';
import { NodeFacts } from './node.tsx';
import { RouterCard } from './router.tsx';
import { Trackers } from './trackers.tsx';
import { Upstreams } from './upstreams.tsx';

/** So many lie open from the start. */
const FEW_ROUTERS = 3;
/** More than these need a way to find one. */
const MANY_ROUTERS = 8;

export function App({ feeds, now }: { feeds: readonly Feed[]; now: number }) {
  const nodes = nodesOf(feeds, now);
  const routers = virtualRoutersOf(nodes);
  const troubles = troublesOf(nodes, routers);
  const spoken = nodes.filter(({ status }) => status !== null);
  return (
    <>
      <header>
        <span class="name">Locum</span>
        <Nodes nodes={nodes} />
      </header>
      <main>
        <AnswerCard answer={answerOf(nodes, routers, troubles)} troubles={troubles} />
        {spoken.length === 0 ? null : <Details nodes={spoken} routers={routers} troubles={troubles} />}
      </main>
    </>
  );
}

interface DetailsProps {
  readonly nodes: readonly NodeView[];
  readonly routers: readonly VirtualRouter[];
  readonly troubles: readonly Trouble[];
}

function Details({ nodes, routers, troubles }: DetailsProps) {
  return (
    <>
      <Routers routers={routers} troubles={troubles} />
      {nodes.some(({ status }) => status?.trackers.length) ? (
        <Section id="trackers" title="Trackers">
          <Columns nodes={nodes}>{node => <Trackers node={node} />}</Columns>
        </Section>
      ) : null}
      {nodes.some(({ status }) => status?.upstreams) ? (
        <Section id="upstreams" title="Upstreams">
          <Columns nodes={nodes}>{node => <Upstreams node={node} />}</Columns>
        </Section>
      ) : null}
      <Section id="nodes" title="Nodes">
        <Columns nodes={nodes}>{node => <NodeFacts node={node} />}</Columns>
      </Section>
    </>
  );
}

function Routers({ routers, troubles }: Omit<DetailsProps, 'nodes'>) {
  const [wanted, setWanted] = useState('');
  const [onlyTroubled, setOnlyTroubled] = useState(false);
  const levels = new Map(
    routers.map(({ key }) => [key, worstOf(troubles.filter(({ router }) => router === key))]),
  );
  const many = routers.length > MANY_ROUTERS;
  const shown = many
    ? routers.filter(
        virtual => matches(virtual, wanted) && !(onlyTroubled && levels.get(virtual.key) === null),
      )
    : routers;
  return (
    <Section id="routers" title={routers.length === 1 ? 'Virtual router' : 'Virtual routers'}>
      {many ? (
        <search class="filter">
          <label>
            <span class="unseen">Find by name, VRID or address</span>
            <input
              type="search"
              placeholder="Name, VRID or address"
              value={wanted}
              onInput={event => setWanted(event.currentTarget.value)}
            />
          </label>
          <label>
            <input
              type="checkbox"
              checked={onlyTroubled}
              onChange={event => setOnlyTroubled(event.currentTarget.checked)}
            />{' '}
            only those with trouble
          </label>
          <span class="dim" role="status">
            {shown.length} of {routers.length}
          </span>
        </search>
      ) : null}
      <div class={many ? 'dense' : ''}>
        {shown.map(virtual => (
          <RouterCard
            key={virtual.key}
            virtual={virtual}
            level={levels.get(virtual.key) ?? null}
            initiallyOpen={routers.length <= FEW_ROUTERS}
          />
        ))}
      </div>
      {shown.length === 0 ? <p class="dim">None.</p> : null}
    </Section>
  );
}

function matches({ name, vrid, addresses }: VirtualRouter, wanted: string): boolean {
  const word = wanted.trim().toLowerCase();
  return [name.toLowerCase(), String(vrid), ...addresses].some(text => text.includes(word));
}
