/** The upstreams that a node renders: who is in, who was left out and what to do about it, and how the last steps ended. */

import type { NodeView } from '../view/node.ts';
import type { UpstreamsShown } from '../view/read-status.ts';
import { Fact, Operation, Sign } from './bits.tsx';

export function Upstreams({ node }: { node: NodeView }) {
  const upstreams = node.status?.upstreams ?? null;
  if (upstreams === null) return <p class="dim">Not rendered here.</p>;
  return (
    <>
      {upstreams.upstreams.map(upstream => (
        <Upstream key={upstream.name} upstream={upstream} />
      ))}
      <LeftOut upstreams={upstreams} />
      <dl>
        <Fact name="Rendered">
          <Operation operation={upstreams.lastRender} node={node} />
        </Fact>
        <Fact name="Reloaded">
          <Operation operation={upstreams.lastReload} node={node} />
        </Fact>
        <Fact name="Verified">
          <Operation operation={upstreams.lastVerify} node={node} />
        </Fact>
        <Fact name="File">
          <code>{upstreams.file}</code>
        </Fact>
      </dl>
    </>
  );
}

function Upstream({ upstream }: { upstream: UpstreamsShown['upstreams'][number] }) {
  return (
    <div class="upstream">
      <h4>
        {upstream.name} <span class="dim">{upstream.balance}</span>
      </h4>
      {upstream.servers.length === 0 ? (
        <p>
          <Sign tone="warn" label="warning" /> no server: nginx answers 502
        </p>
      ) : (
        <ul class="plain servers">
          {upstream.servers.map(({ address, weight, backup, origin }) => (
            <li key={`${address} ${origin}`}>
              <code>{address}</code>
              <span class="dim">
                {origin}
                {weight === 1 ? '' : `, weight ${weight}`}
                {backup ? ', backup' : ''}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function LeftOut({ upstreams: { leftOut } }: { upstreams: UpstreamsShown }) {
  if (leftOut.length === 0) return null;
  return (
    <>
      <h4>Left out</h4>
      <ul class="plain left-out">
        {leftOut.map(({ upstream, container, reason, fix }) => (
          <li key={`${container} ${upstream} ${reason}`}>
            <Sign tone="warn" label="left out" /> <strong>{container}</strong>
            {upstream === null ? null : <span class="dim"> of {upstream}</span>}
            <p>{reason}</p>
            {fix === '' ? null : <p class="fix">{fix}</p>}
          </li>
        ))}
      </ul>
    </>
  );
}
