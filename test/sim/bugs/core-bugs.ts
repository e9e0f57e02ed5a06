/** Bugs of the core: states, deadlines, effects and the receive ladder. */

import type { Instant } from '../../../src/lib/time.ts';
import { VRRP_TTL } from '../../../src/vrrp/ip-packet.ts';
import type { Router } from '../../../src/vrrp/state.ts';
import { skewTime } from '../../../src/vrrp/timing.ts';
import { type Bug, believing, hearingAll, outcome, stepping, withoutEffects, withState } from './bug.ts';

export const CORE_BUGS: readonly Bug[] = [
  {
    name: 'puts off its advertisement whenever it hears a packet',
    caughtBy: ['adverts', 'takeover'],
    core: hearingAll(false, (router, heardAt) =>
      router.state.name === 'master'
        ? withState(router, { advertiseAt: heardAt + router.parameters.advertisementInterval })
        : router,
    ),
  },
  {
    name: 'takes a rejected packet for a sign of life',
    caughtBy: ['takeover'],
    core: hearingAll(true, (router, heardAt) =>
      router.state.name === 'backup'
        ? withState(router, { masterDownAt: heardAt + 3 * router.state.masterInterval })
        : router,
    ),
  },
  {
    name: 'ignores priority 0',
    caughtBy: ['takeover'],
    core: stepping(step => (router, input, now) => {
      const isResignation = input.type === 'advert' && input.advertisement.priority === 0;
      return isResignation && router.state.name === 'backup'
        ? { router, effects: [] }
        : step(router, input, now);
    }),
  },
  {
    name: 'preempts although it was told not to',
    caughtBy: ['takeover'],
    core: stepping(step => (router, input, now) => {
      const { parameters } = router;
      const result = step({ ...router, parameters: { ...parameters, preempt: true } }, input, now);
      return input.type === 'parameters' ? result : { ...result, router: { ...result.router, parameters } };
    }),
  },
  {
    name: 'takes over when any router advertises a lower priority',
    caughtBy: ['takeover'],
    core: stepping(step => (router, input, now) => {
      const { state, parameters } = router;
      const isLow = input.type === 'advert' && input.advertisement.priority < parameters.priority;
      if (!isLow || state.name !== 'backup' || state.master === undefined) return step(router, input, now);
      return step(router, { ...input, source: state.master.address }, now);
    }),
  },
  {
    name: 'breaks ties the wrong way round',
    caughtBy: ['contest'],
    core: stepping(step => (router, input, now) => {
      const { state, parameters } = router;
      const isTie = input.type === 'advert' && input.advertisement.priority === parameters.priority;
      if (!isTie || state.name !== 'master') return step(router, input, now);
      const loses = step(router, input, now).router.state.name !== 'master';
      const priority = parameters.priority + (loses ? -1 : 1);
      return step(router, { ...input, advertisement: { ...input.advertisement, priority } }, now);
    }),
  },
  {
    name: 'does not yield to a higher priority',
    caughtBy: ['contest'],
    core: stepping(step => (router, input, now) => {
      const isHigh = input.type === 'advert' && input.advertisement.priority > router.parameters.priority;
      return isHigh && router.state.name === 'master' ? { router, effects: [] } : step(router, input, now);
    }),
  },
  {
    name: 'does not answer a losing advertisement',
    caughtBy: ['contest'],
    core: stepping(step => (router, input, now) => {
      const result = step(router, input, now);
      const stays = router.state.name === 'master' && result.router.state.name === 'master';
      return input.type === 'advert' && stays ? { router, effects: [] } : result;
    }),
  },
  {
    name: 'believes bad checksums',
    caughtBy: ['ladder'],
    core: believing('checksum', packet => packet),
  },
  {
    name: 'believes packets that came through a router',
    caughtBy: ['ladder'],
    core: believing('ttl', packet => {
      packet[8] = VRRP_TTL;
      return packet;
    }),
  },
  {
    name: 'believes any password',
    caughtBy: ['ladder'],
    core: believing('auth-password', (packet, { authentication }) => {
      if (authentication.type === 'pass') packet.set(authentication.key, packet.length - 8);
      return packet;
    }),
  },
  {
    name: 'believes its own packets',
    caughtBy: ['ladder'],
    core: believing('own-address', packet => {
      packet[15] = 250;
      return packet;
    }),
  },
  {
    name: 'clears a fault too early',
    caughtBy: ['transitions', 'faults'],
    core: stepping(
      step => (router, input, now) =>
        step(
          router,
          router.state.name === 'fault' && input.type === 'advert' ? { type: 'faultCleared' } : input,
          now,
        ),
    ),
  },
  {
    name: 'does not heed a fault while master',
    caughtBy: ['faults'],
    core: stepping(
      step => (router, input, now) =>
        input.type === 'fault' && router.state.name === 'master'
          ? { router, effects: [] }
          : step(router, input, now),
    ),
  },
  {
    name: 'goes on advertising as backup',
    caughtBy: ['effects'],
    core: outcome((result, input, before) =>
      before.state.name === 'backup' && result.router.state.name === 'backup' && input.type === 'advert'
        ? { ...result, effects: [{ type: 'advertise', priority: before.parameters.priority }] }
        : result,
    ),
  },
  {
    name: 're-asserts without spacing',
    // The storm holds the event loop up, and checks come later than the checker of runs takes for regular.
    caughtBy: ['bounds', 'runs'],
    core: outcome((result, _input, _before, now) =>
      result.router.state.name === 'master'
        ? { ...result, router: withState(result.router, { reassertFrom: now }) }
        : result,
    ),
  },
  {
    name: 'advertises the priority it started with',
    caughtBy: ['adverts', 'effects'],
    core: core => {
      let first: number | undefined;
      return {
        ...core,
        step(router, input, now) {
          const result = core.step(router, input, now);
          first ??= router.parameters.priority;
          const priority = first;
          const effects = result.effects.map(effect =>
            effect.type === 'advertise' && effect.priority > 0 ? { ...effect, priority } : effect,
          );
          return { ...result, effects };
        },
      };
    },
  },
  {
    name: 'keeps a new priority to itself until the next advertisement',
    caughtBy: ['adverts'],
    core: outcome((result, input) =>
      input.type === 'parameters' ? withoutEffects(result, ({ type }) => type === 'advertise') : result,
    ),
  },
  {
    name: 'overlooks a change of priority now and then',
    caughtBy: ['healing', 'priority'],
    core: core => {
      let count = 0;
      return {
        ...core,
        step: (router, input, now) =>
          input.type === 'parameters' && ++count % 3 === 0
            ? { router, effects: [] }
            : core.step(router, input, now),
      };
    },
  },
  {
    name: 'does not renew the lease while its priority changes',
    caughtBy: ['addresses'],
    core: outcome((result, input) =>
      input.type === 'parameters'
        ? withoutEffects(result, ({ type }) => type === 'acquireAddresses')
        : result,
    ),
  },
  {
    name: 'does not care that an address was deleted',
    caughtBy: ['addresses', 'effects'],
    core: stepping(
      step => (router, input, now) =>
        input.type === 'addressLost' ? { router, effects: [] } : step(router, input, now),
    ),
  },
  {
    name: 'stays master when it cannot hold the addresses',
    caughtBy: ['addresses', 'effects'],
    core: stepping(
      step => (router, input, now) =>
        input.type === 'effectFailed' && input.effect === 'acquireAddresses'
          ? { router, effects: [] }
          : step(router, input, now),
    ),
  },
  {
    name: 'does not learn the interval of its master',
    caughtBy: ['takeover'],
    core: stepping(step => (router, input, now) => {
      if (input.type !== 'advert') return step(router, input, now);
      const interval = router.parameters.advertisementInterval;
      return step(router, { ...input, advertisement: { ...input.advertisement, interval } }, now);
    }),
  },
  {
    name: 'takes over without the skew',
    caughtBy: ['takeover'],
    core: core => {
      const skewOf = ({ parameters, state }: Router): number =>
        state.name === 'backup' ? skewTime(parameters.version, parameters.priority, state.masterInterval) : 0;
      return {
        ...core,
        step: (router, input, now) =>
          core.step(router, input, (input.type === 'timeout' ? now + skewOf(router) : now) as Instant),
        nextDeadline: router => {
          const deadline = core.nextDeadline(router);
          return deadline && { ...deadline, at: Math.max(0, deadline.at - skewOf(router)) as Instant };
        },
      };
    },
  },
  {
    name: 'makes up for advertisements that it missed',
    caughtBy: ['deadlines'],
    core: outcome((result, input, before, now) => {
      const { state, parameters } = before;
      const isDue = state.name === 'master' && input.type === 'timeout' && now >= state.advertiseAt;
      if (!isDue) return result;
      const advertiseAt = state.advertiseAt + parameters.advertisementInterval;
      return { ...result, router: withState(result.router, { advertiseAt }) };
    }),
  },
  {
    name: 'never tries again after an effect that failed',
    caughtBy: ['healing'],
    core: core => ({
      ...core,
      nextDeadline: router => (router.state.name === 'fault' ? undefined : core.nextDeadline(router)),
    }),
  },
  {
    name: 'forgets what it waits for when it must wait to re-assert',
    caughtBy: ['deadlines'],
    core: core => ({
      ...core,
      nextDeadline: router =>
        router.state.name === 'master' && router.state.reassertPending
          ? undefined
          : core.nextDeadline(router),
    }),
  },
  {
    name: 'announces once more only when it hears a rival',
    caughtBy: ['arp'],
    core: outcome((result, input) =>
      input.type === 'timeout' && result.effects.every(({ type }) => type !== 'acquireAddresses')
        ? withoutEffects(result, ({ type }) => type === 'announceAddresses')
        : result,
    ),
  },
];
