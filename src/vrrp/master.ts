/** A master advertises, holds the addresses and answers whoever contests them (RFC 9568 §6.4.3, RFC 3768 §6.4.3). */

import { compareAddresses, type IpAddress } from '../lib/ip-address.ts';
import { after, type Duration, type Instant, microseconds } from '../lib/time.ts';
import type { Advertisement } from './advertisement.ts';
import { type Heard, toBackup } from './backup.ts';
import { type Announcing, type Parameters, RESIGN_PRIORITY } from './parameters.ts';
import type { Effect, EffectName, Master, Reason, Router, Step } from './state.ts';
import { reassertSpacing, renewInterval, SEND_FAILURES_TO_RESIGN } from './timing.ts';

/** Speak first, so that a rival hears us before it hears our announcement; then hold the addresses; then announce them. */
function assertion(parameters: Parameters): readonly Effect[] {
  return [
    { type: 'advertise', priority: parameters.priority },
    { type: 'acquireAddresses' },
    { type: 'announceAddresses' },
  ];
}

/** What every master that gives up on its own says and does. */
export function resign(): readonly Effect[] {
  return [{ type: 'advertise', priority: RESIGN_PRIORITY }, { type: 'releaseAddresses' }];
}

/** Becomes master (RFC 9568 §6.4.2). */
export function toMaster(router: Router, reason: Reason, detail: string, now: Instant): Step {
  const { parameters, state } = router;
  return {
    router: { parameters, state: freshMaster(parameters, now, now, undefined) },
    effects: [
      ...assertion(parameters),
      { type: 'stateChanged', from: state.name, to: 'master', reason, detail },
    ],
  };
}

function freshMaster(
  parameters: Parameters,
  now: Instant,
  reassertFrom: Instant,
  sendFailures: Master['sendFailures'],
): Master {
  return {
    name: 'master',
    advertiseAt: after(now, parameters.advertisementInterval),
    renewAt: after(now, renewInterval(parameters)),
    announceAt: firstAnnouncements(parameters.announcing, now),
    reassertFrom,
    reassertPending: false,
    sendFailures,
  };
}

/** Those that follow an announcement of now. The rare ones begin after the last of them, or at once where none is asked for. */
function firstAnnouncements(announcing: Announcing, now: Instant): readonly Instant[] {
  const again = announcing.again.map(span => after(now, span));
  return again.length === 0 ? rareAnnouncement(announcing, now) : again;
}

function rareAnnouncement({ refresh }: Announcing, now: Instant): readonly Instant[] {
  return refresh === undefined ? [] : [after(now, refresh)];
}

/** Says again that we are master and hold the addresses: at once, or as soon as the spacing allows. */
export function reassert(router: Router<Master>, now: Instant): Step {
  const { parameters, state } = router;
  if (now < state.reassertFrom)
    return { router: { parameters, state: { ...state, reassertPending: true } }, effects: [] };
  const next = after(now, reassertSpacing(parameters.advertisementInterval));
  return {
    router: { parameters, state: freshMaster(parameters, now, next, state.sendFailures) },
    effects: assertion(parameters),
  };
}

export function timeoutAsMaster(router: Router<Master>, now: Instant): Step {
  const { parameters, state } = router;
  if (state.reassertPending && now >= state.reassertFrom) return reassert(router, now);
  const spoken =
    now >= state.advertiseAt ? advertise(router, now, state.advertiseAt) : { router, effects: [] };
  const open = state.announceAt.filter(at => at > now);
  if (open.length === state.announceAt.length) return spoken;
  const announceAt = open.length === 0 ? rareAnnouncement(parameters.announcing, now) : open;
  return {
    router: { parameters, state: { ...spoken.router.state, announceAt } },
    effects: [...spoken.effects, { type: 'announceAddresses' }],
  };
}

interface Said extends Step {
  readonly router: Router<Master>;
}

/**
 * An advertisement, whatever its occasion, renews the lease when that is due: occasions may come faster than the timer. The next
 * is an interval after it was due, so that late timers do not add up; once a whole interval was missed, an interval from now.
 */
function advertise(router: Router<Master>, now: Instant, dueAt: Instant): Said {
  const { parameters, state } = router;
  const word: Effect = { type: 'advertise', priority: parameters.priority };
  const { advertisementInterval } = parameters;
  const onTime = after(dueAt, advertisementInterval);
  const next = { ...state, advertiseAt: onTime > now ? onTime : after(now, advertisementInterval) };
  if (now < state.renewAt) return { router: { parameters, state: next }, effects: [word] };
  return {
    router: { parameters, state: { ...next, renewAt: after(now, renewInterval(parameters)) } },
    effects: [word, { type: 'acquireAddresses' }],
  };
}

export function hearAsMaster(
  router: Router<Master>,
  advertisement: Advertisement,
  source: IpAddress,
  now: Instant,
): Step {
  const heard = { advertisement, source };
  const ours = router.parameters.priority;
  const theirs = advertisement.priority;
  if (theirs > ours)
    return giveWay(router, 'higher-priority', `${source} advertises ${theirs}, we ${ours}`, heard, now);
  if (theirs === ours && compareAddresses(source, router.parameters.primaryAddress) > 0) {
    const detail = `${source} advertises ${theirs} too and has the higher address`;
    return giveWay(router, 'higher-address', detail, heard, now);
  }
  return reassert(router, now);
}

/**
 * Steps down before a better master (RFC 9568 §6.4.3).
 *
 * Deviation: with fast timing we resign when our addresses are gone. The winner answers a resignation by asserting itself
 * (§6.4.3), and announces after our release: without that, a link healed in between could keep sending to us, since the
 * winner may never have heard us. Interoperates with any router: who is not master any more may say so.
 */
function giveWay(router: Router<Master>, reason: Reason, detail: string, heard: Heard, now: Instant): Step {
  const step = toBackup(router, reason, detail, now, heard);
  if (router.parameters.timing === 'rfc') return step;
  const [release, ...rest] = step.effects;
  const word: Effect = { type: 'advertise', priority: RESIGN_PRIORITY };
  return { router: step.router, effects: release === undefined ? rest : [release, word, ...rest] };
}

/** The sync group takes us down: another member is master no longer. */
export function stepDown(router: Router<Master>, detail: string, wait: Duration, now: Instant): Step {
  const step = toBackup(router, 'sync-group', detail, after(now, wait));
  return {
    router: step.router,
    effects: [{ type: 'advertise', priority: RESIGN_PRIORITY }, ...step.effects],
  };
}

/**
 * New parameters: with fast timing a changed priority or interval goes out at once, so that a better backup need not wait for the next
 * regular advertisement. Another interval is another lease, and the time until the next advertisement may outlast the old one: so the
 * addresses are renewed at once, whatever the timing.
 */
export function retuneMaster(router: Router<Master>, parameters: Parameters, now: Instant): Step {
  const former = router.parameters;
  const state = rescheduled(router.state, former, parameters, now);
  if (parameters.advertisementInterval !== former.advertisementInterval)
    return advertise({ parameters, state: { ...state, renewAt: now } }, now, now);
  if (parameters.timing === 'rfc' || parameters.priority === former.priority)
    return { router: { parameters, state }, effects: [] };
  return advertise({ parameters, state }, now, now);
}

/** When the addresses are announced again is counted anew where that has changed. */
function rescheduled(state: Master, former: Parameters, { announcing }: Parameters, now: Instant): Master {
  const { again, refresh } = former.announcing;
  if (refresh === announcing.refresh && again.join() === announcing.again.join()) return state;
  return state.announceAt.length > 1 ? state : { ...state, announceAt: rareAnnouncement(announcing, now) };
}

/** Whether a failed effect ends our time as master: addresses that cannot be held do at once, sending after a few tries. */
export function failAsMaster(
  router: Router<Master>,
  effect: EffectName,
  now: Instant,
): { readonly kind: 'resign' } | { readonly kind: 'hold'; readonly router: Router<Master> } {
  if (effect === 'acquireAddresses') return { kind: 'resign' };
  if (effect !== 'advertise') return { kind: 'hold', router };
  const { parameters, state } = router;
  const window = microseconds(parameters.advertisementInterval * 1.5);
  const previous = state.sendFailures;
  const count = previous !== undefined && now <= after(previous.lastAt, window) ? previous.count + 1 : 1;
  if (count >= SEND_FAILURES_TO_RESIGN) return { kind: 'resign' };
  return { kind: 'hold', router: { parameters, state: { ...state, sendFailures: { count, lastAt: now } } } };
}
