/** What one node says of a virtual router, part by part. */

import type { NodeView } from '../view/node.ts';
import type { PeerShown, RouterShown, WarningShown } from '../view/read-status.ts';
import { span, times } from '../view/words.ts';
import { Ago, Fact, Sign, StateBadge } from './bits.tsx';

/** The addresses as the kernel has them. */
export function Addresses({ router }: { router: RouterShown }) {
  const { vips, vmac, leaseSeconds, state } = router;
  return (
    <>
      <h4>Addresses</h4>
      <ul class="plain">
        {vips.map(vip => (
          <li key={vip.address}>
            <Sign
              tone={vip.present === (state === 'master') ? 'good' : vip.present ? 'warn' : 'bad'}
              label={vip.present === (state === 'master') ? 'as it should be' : 'not as it should be'}
            />{' '}
            <code>{vip.address}</code> <span class="dim">{heldText(vip, router.leaseSeconds)}</span>
          </li>
        ))}
      </ul>
      {vmac === null ? null : (
        <p class="dim">
          <code>{vmac.mac}</code> on {vmac.interface}:{' '}
          {vmac.present ? (vmac.up ? 'leads here' : 'leads elsewhere') : 'not there'}
        </p>
      )}
      {leaseSeconds === null ? <p class="dim">Without a lease: they stay if Locum is killed.</p> : null}
    </>
  );
}

function heldText(vip: RouterShown['vips'][number], leaseSeconds: number | null): string {
  const advertised = vip.advertised ? '' : ', not advertised';
  if (!vip.present) return `not on this node${advertised}`;
  if (vip.validLifetimeSeconds === null) return `here, without end${advertised}`;
  const of = leaseSeconds === null ? '' : ` of ${leaseSeconds}`;
  return `here, lease ${vip.validLifetimeSeconds}${of} s${advertised}`;
}

export function Peers({ router, node }: { router: RouterShown; node: NodeView }) {
  const { peers, refused, refusedOfOthers, state, masterAddress } = router;
  const heard = masterAddress === null ? 'No master is heard.' : `Master: ${masterAddress}.`;
  return (
    <>
      <h4>Peers</h4>
      {state === 'master' ? null : <p class="dim">{heard}</p>}
      {peers.length === 0 ? (
        <p class="dim">None was heard{state === 'master' ? '; backups are silent.' : '.'}</p>
      ) : null}
      <ul class="plain">
        {peers.map(peer => (
          <li key={peer.address}>
            <code>{peer.address}</code> priority {peer.priority}, <Ago when={peer.lastSeen} node={node} />
            <span class="dim"> {peerText(peer)}</span>
            <Warnings warnings={peer.warnings} />
          </li>
        ))}
        {refused.map((sender, i) => (
          <li key={sender.address ?? `nobody ${i}`}>
            <Sign tone="warn" label="refused" /> <code>{sender.address ?? 'no source'}</code> is refused,{' '}
            <Ago when={sender.lastSeen} node={node} />
            <Warnings warnings={sender.warnings} />
          </li>
        ))}
        {refusedOfOthers > 0 ? (
          <li class="dim">{times(refusedOfOthers, 'refused packet')} of others</li>
        ) : null}
      </ul>
    </>
  );
}

function peerText({ version, advertIntervalMs, checksum, authentication }: PeerShown): string {
  const proof = authentication === 'none' ? '' : `, ${authentication}`;
  const every = advertIntervalMs < 1_000 ? `${advertIntervalMs} ms` : span(advertIntervalMs);
  return `VRRPv${version} every ${every}, ${checksum}${proof}`;
}

function Warnings({ warnings }: { warnings: readonly WarningShown[] }) {
  if (warnings.length === 0) return null;
  return (
    <ul class="warnings">
      {warnings.map(({ about, text, dropped, count }) => (
        <li key={about}>
          {text}
          {dropped ? ` (${times(count, 'packet')} dropped)` : ''}
        </li>
      ))}
    </ul>
  );
}

export function Transitions({ router, node }: { router: RouterShown; node: NodeView }) {
  return (
    <details class="more">
      <summary>History</summary>
      <ol class="plain">
        {router.transitions.map(({ from, to, reason, when }) => (
          <li key={`${when.at} ${from} ${to}`}>
            <Ago when={when} node={node} /> {from} → <StateBadge state={to} />{' '}
            <span class="dim">{reason}</span>
          </li>
        ))}
      </ol>
    </details>
  );
}

export function Counters({ router }: { router: RouterShown }) {
  const { counters, nextDeadline, interface: name, version, syncGroup } = router;
  const discards = Object.entries(counters.discards).filter(([, count]) => count > 0);
  const zero = (count: number): string => (count === 0 ? '' : `, ${count} of priority 0`);
  return (
    <details class="more">
      <summary>
        Counters
        {discards.length > 0 ? (
          <span class="dim"> discards: {discards.map(([reason]) => reason).join(', ')}</span>
        ) : null}
      </summary>
      <dl>
        <Fact name="Runs on">
          {name}, VRRPv{version}
        </Fact>
        {syncGroup === null ? null : <Fact name="Group">{syncGroup.name}</Fact>}
        <Fact name="Adverts sent">
          {counters.advertsSent}
          {zero(counters.priorityZeroSent)}
        </Fact>
        <Fact name="Adverts received">
          {counters.advertsReceived}
          {zero(counters.priorityZeroReceived)}
        </Fact>
        <Fact name="Became master">{times(counters.becameMaster, 'time')}</Fact>
        <Fact name="Gave it up">{times(counters.releasedMaster, 'time')}</Fact>
        <Fact name="Discarded">
          {discards.length === 0
            ? 'nothing'
            : discards.map(([reason, count]) => `${reason} ${count}`).join(', ')}
        </Fact>
        <Fact name="Waits for">{nextDeadline === null ? 'an event' : nextDeadline.reason}</Fact>
      </dl>
    </details>
  );
}
