/** Bugs of delays, owners and sync groups: who takes part, and when. */

import type { WorkingRouter } from '../../../src/app/router.ts';
import type { joinSyncGroup } from '../../../src/app/sync-groups.ts';
import { type Duration, seconds } from '../../../src/lib/time.ts';
import type { Input, Router } from '../../../src/vrrp/state.ts';
import { type Bug, outcome, stepping, withoutEffects, withState } from './bug.ts';

type Join = typeof joinSyncGroup;
type Member = Parameters<Join>[1][number];
type Runner = WorkingRouter['runner'];

const OWNER = 255;

/** The members as the group sees them. */
const seen =
  (change: (member: Member, place: number) => Partial<Member>) =>
  (join: Join): Join =>
  (name, members) =>
    join(
      name,
      members.map((member, place) => ({
        name: member.name,
        runner: member.runner,
        get ownFault() {
          return member.ownFault;
        },
        accompany: company => member.accompany(company),
        companyFault: cause => member.companyFault(cause),
        ...change(member, place),
      })),
    );

/** A runner that is told something else, or nothing. */
function told(runner: Runner, tellAtOnce: Runner['tellAtOnce']): Runner {
  return {
    receive: packet => runner.receive(packet),
    tell: news => runner.tell(news),
    tellAtOnce,
    onceRead: callback => runner.onceRead(callback),
    get router() {
      return runner.router;
    },
    get waiting() {
      return runner.waiting;
    },
    whenIdle: callback => runner.whenIdle(callback),
    close: () => runner.close(),
  };
}

/** A step with parameters that are not the router's own; it keeps its own. */
const pretending = (pretend: (router: Router, input: Input) => Partial<Router['parameters']>): Bug['core'] =>
  stepping(step => (router, input, now) => {
    const { parameters } = router;
    const changed =
      input.type === 'parameters'
        ? { ...input, parameters: { ...input.parameters, ...pretend(router, input) } }
        : input;
    const result = step(
      { ...router, parameters: { ...parameters, ...pretend(router, input) } },
      changed,
      now,
    );
    const own = input.type === 'parameters' ? input.parameters : parameters;
    return { ...result, router: { ...result.router, parameters: own } };
  });

const core = (bug: Bug['core']): Pick<Bug, 'core'> => (bug === undefined ? {} : { core: bug });

export const STANDING_BUGS: readonly Bug[] = [
  {
    name: 'forgets its preempt delay',
    caughtBy: ['takeover'],
    ...core(pretending(() => ({ preemptDelay: seconds(0) }))),
  },
  {
    name: 'begins its preempt delay anew with every word of the master',
    caughtBy: ['takeover'],
    core: outcome((result, input, before, now) => {
      const { state } = result.router;
      if (input.type !== 'advert' || state.name !== 'backup' || state.patience?.armed !== true) return result;
      if (before.state.name !== 'backup' || before.state.patience?.armed !== true) return result;
      const until = now + before.parameters.preemptDelay;
      return {
        ...result,
        router: withState(result.router, { masterDownAt: Math.max(until, state.masterDownAt) }),
      };
    }),
  },
  {
    name: 'waits out its preempt delay although the master gives way',
    caughtBy: ['takeover'],
    core: stepping(step => (router, input, now) => {
      const isPatient = router.state.name === 'backup' && router.state.patience?.armed === true;
      const isLow = input.type === 'advert' && input.advertisement.priority < router.parameters.priority;
      return isPatient && isLow ? { router, effects: [] } : step(router, input, now);
    }),
  },
  {
    name: 'has a preempt delay for a master that sinks, too',
    caughtBy: ['takeover'],
    core: outcome((result, input, _before, now) => {
      const { state, parameters } = result.router;
      const isSettled = input.type === 'advert' && state.name === 'backup' && state.patience === undefined;
      if (!isSettled || parameters.preemptDelay === 0 || state.waitingFor !== 'master-silent') return result;
      return { ...result, router: withState(result.router, { patience: { until: now, armed: false } }) };
    }),
  },
  {
    name: 'does not know the lower master that it will preempt',
    caughtBy: ['takeover'],
    core: outcome((result, _input, before) => {
      const { state } = result.router;
      if (state.name !== 'backup' || state.patience === undefined || before.state.name !== 'backup')
        return result;
      return { ...result, router: withState(result.router, { master: before.state.master }) };
    }),
  },
  {
    name: 'begins before its start delay is over',
    caughtBy: ['starts'],
    ports(ports) {
      let isFirst = true;
      const after = (delay: Duration, run: () => void): (() => void) => {
        const shorter = isFirst ? ((delay / 2) as Duration) : delay;
        isFirst = false;
        return ports.clock.after(shorter, run);
      };
      return { ...ports, clock: { ...ports.clock, after } };
    },
  },
  {
    name: 'lets an owner wait like everybody else',
    caughtBy: ['transitions'],
    ...core(
      pretending(({ parameters, state }) =>
        parameters.priority === OWNER && state.name !== 'master' ? { priority: OWNER - 1 } : {},
      ),
    ),
  },
  {
    name: 'rises without its group',
    caughtBy: ['transitions', 'together'],
    inGroups: true,
    ...core(pretending(() => ({ joint: false }))),
  },
  {
    name: 'is ready before its time',
    caughtBy: ['takeover'],
    inGroups: true,
    core: outcome(result =>
      result.router.state.name === 'backup' && result.router.parameters.joint
        ? { ...result, router: withState(result.router, { isReady: true }) }
        : result,
    ),
  },
  {
    name: 'says nothing when its group takes it down',
    caughtBy: ['effects', 'adverts'],
    inGroups: true,
    core: outcome((result, input) =>
      input.type === 'stepDown' ? withoutEffects(result, ({ type }) => type === 'advertise') : result,
    ),
  },
  {
    name: 'is ready no longer when its lower master speaks',
    caughtBy: ['together', 'deadlines'],
    inGroups: true,
    core: outcome((result, input, before) =>
      input.type === 'advert' && before.state.name === 'backup' && result.router.state.name === 'backup'
        ? { ...result, router: withState(result.router, { isReady: false }) }
        : result,
    ),
  },
  {
    name: 'leaves the others master when a member steps down',
    caughtBy: ['together'],
    join: seen(({ runner }) => ({
      runner: told(runner, news => {
        if (news.type !== 'stepDown') runner.tellAtOnce(news);
      }),
    })),
  },
  {
    name: 'lets only the first member rise',
    caughtBy: ['together'],
    join: seen(({ runner }, place) => ({
      runner: told(runner, news => {
        if (news.type !== 'rise' || place === 0) runner.tellAtOnce(news);
      }),
    })),
  },
  {
    name: 'does not tell the others of a fault',
    caughtBy: ['together'],
    join: seen(() => ({ companyFault: () => undefined })),
  },
  {
    name: 'keeps the fault of another member for ever',
    caughtBy: ['together'],
    join: seen(member => ({
      companyFault: cause => {
        if (cause !== undefined) member.companyFault(cause);
      },
    })),
  },
  {
    name: 'looks at its members only when the first one moves',
    caughtBy: ['together'],
    join: seen((member, place) => ({
      accompany: company => {
        if (place === 0) member.accompany(company);
      },
    })),
  },
  {
    name: 'takes a failed effect of one member for its own business',
    caughtBy: ['together'],
    join: seen(member => ({
      get ownFault() {
        const { state } = member.runner.router;
        return state.name === 'fault' && state.cause === undefined ? undefined : member.ownFault;
      },
    })),
  },
];
