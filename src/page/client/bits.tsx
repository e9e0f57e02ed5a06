/** The small parts of the page. Each says what it means in a word or a sign, never by its colour alone. */

import type { ComponentChildren } from 'preact';
import type { NodeView } from '../view/node.ts';
import type { MomentShown, OperationShown, StateName } from '../view/read-status.ts';
import { ago, utc } from '../view/words.ts';

const SIGNS: Readonly<Record<StateName, string>> = { master: '●', backup: '○', fault: '✕', init: '…' };

export function StateBadge({ state }: { state: StateName }) {
  return (
    <span class={`badge ${state}`}>
      <span aria-hidden="true">{SIGNS[state]}</span> {state}
    </span>
  );
}

/** How long ago, and the time of day for those who point at it. */
export function Ago({ when, node }: { when: MomentShown; node: NodeView }) {
  return (
    <time dateTime={when.at} title={utc(when.at)}>
      {ago(when, node.elapsedMs)}
    </time>
  );
}

export type Tone = 'good' | 'bad' | 'warn' | 'dim';

const TONES: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', warn: '!', dim: '–' };

export function Sign({ tone, label }: { tone: Tone; label: string }) {
  return (
    <span class={`sign ${tone}`}>
      <span aria-hidden="true">{TONES[tone]}</span>
      <span class="unseen">{label}</span>
    </span>
  );
}

/** What was done last, and how it ended. */
export function Operation({ operation, node }: { operation: OperationShown | null; node: NodeView }) {
  if (operation === null) return <span class="dim">never</span>;
  return (
    <>
      <Sign tone={operation.ok ? 'good' : 'bad'} label={operation.ok ? 'ok' : 'failed'} />{' '}
      <Ago when={operation.when} node={node} />
      {operation.detail === '' ? null : <span class="dim"> {operation.detail}</span>}
    </>
  );
}

export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A part of the page with a column for each node. */
export function Section({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

/** A node's column, under its name; old when the node is silent. */
export function Column({ node, children }: { node: NodeView; children: ComponentChildren }) {
  const old = node.freshness === 'stale';
  return (
    <article class={`column${old ? ' old' : ''}`} aria-label={node.name}>
      <h3 class="of-node">
        {node.name}
        {old ? <span class="tag">old</span> : null}
      </h3>
      {children}
    </article>
  );
}

export function Columns({
  nodes,
  children,
}: {
  nodes: readonly NodeView[];
  children: (node: NodeView) => ComponentChildren;
}) {
  return (
    <div class="columns">
      {nodes.map(node => (
        <Column key={node.key} node={node}>
          {children(node)}
        </Column>
      ))}
    </div>
  );
}
