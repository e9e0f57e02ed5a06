/** The node itself: its version, how late its timers are, Docker, hooks, a drain, and what was dropped at a limit. */

import type { NodeView } from '../view/node.ts';
import type { Shown } from '../view/read-status.ts';
import { ageMs, span, times, utc } from '../view/words.ts';
import { Fact, Operation, Sign } from './bits.tsx';

export function NodeFacts({ node }: { node: NodeView }) {
  const { status } = node;
  if (status === null) return <p class="dim">Nothing was heard of it yet.</p>;
  const dropped = Object.entries(status.drops).filter(([, count]) => count > 0);
  return (
    <dl>
      <Fact name="Locum">
        {status.version}, up {span(status.uptimeMs + node.elapsedMs)}
      </Fact>
      {status.drain.state === 'none' ? null : (
        <Fact name="Drain">
          {status.drain.state}
          {status.drain.since === null ? '' : ` for ${span(ageMs(status.drain.since, node.elapsedMs))}`}
          <span class="dim"> {status.drain.detail}</span>
        </Fact>
      )}
      {status.reload === null ? null : (
        <Fact name="Reload">
          <Sign tone={status.reload.ok ? 'good' : 'bad'} label={status.reload.ok ? 'ok' : 'refused'} />{' '}
          {utc(status.reload.at)} <span class="dim">{status.reload.detail}</span>
        </Fact>
      )}
      <Fact name="Event loop">
        {milliseconds(status.eventLoop.meanLagMs)} late, {milliseconds(status.eventLoop.maxLagMs)} at most
        <span class="dim"> within the last minutes</span>
      </Fact>
      {status.scheduling === null ? null : (
        <Fact name="Scheduling">
          SCHED_{status.scheduling.policy.toUpperCase()}
          <span class="dim"> {status.scheduling.problem ?? ''}</span>
        </Fact>
      )}
      <Fact name="Docker">
        <Docker docker={status.docker} />
      </Fact>
      {status.hooks.map(hook => (
        <Fact key={hook.name} name={`Hook ${hook.name}`}>
          {hook.running === null ? '' : `tells ${hook.running.what}, `}
          {hook.waiting === 0 ? '' : `${hook.waiting} waiting, `}
          {times(hook.runs, 'run')}, {hook.failures} failed
          <p>
            <Operation operation={hook.last} node={node} />
          </p>
        </Fact>
      ))}
      {dropped.length === 0 ? null : (
        <Fact name="Dropped">{dropped.map(([what, count]) => `${what} ${count}`).join(', ')}</Fact>
      )}
    </dl>
  );
}

function Docker({ docker }: { docker: Shown['docker'] }) {
  if (docker === null) return <span class="dim">not used</span>;
  return docker.connected ? (
    <>
      <Sign tone="good" label="connected" /> {times(docker.containers, 'container')}
    </>
  ) : (
    <>
      <Sign tone="bad" label="not connected" /> <span class="dim">{docker.lastError ?? 'trying'}</span>
    </>
  );
}

const milliseconds = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
