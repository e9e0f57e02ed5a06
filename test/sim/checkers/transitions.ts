/** Every change of state is one that RFC 9568 §6.4 (or a fault) allows for that input, and is reported once. */

import type { SimEvent } from '../trace.ts';
import { Checker } from './checker.ts';

const OWNER = 255;

/** `from>to` and the inputs that may bring it about. */
const LEGAL: Readonly<Record<string, readonly string[]>> = {
  'init>backup': ['startup'],
  'init>master': ['startup'],
  'init>fault': ['startup'],
  'backup>master': ['timeout', 'rise'],
  'backup>fault': ['fault'],
  'backup>init': ['shutdown'],
  'master>backup': ['advert', 'stepDown'],
  'master>fault': ['fault', 'effectFailed'],
  'master>init': ['shutdown'],
  'fault>backup': ['faultCleared', 'timeout'],
  'fault>master': ['faultCleared', 'timeout'],
  'fault>init': ['shutdown'],
};

export class Transitions extends Checker {
  readonly name = 'transitions';
  readonly kinds = ['stepped'] as const;

  observe(event: SimEvent): void {
    if (event.kind !== 'stepped') return;
    const { node, input, before, after, effects } = event;
    const from = before.state.name;
    const to = after.state.name;
    const reports = effects.filter(effect => effect.type === 'stateChanged');
    if (from === to) {
      if (reports.length > 0) this.fail(node, `a change of state reported, but it stays ${to}`);
      return;
    }
    if (!LEGAL[`${from}>${to}`]?.includes(input.type))
      this.fail(node, `${from} became ${to} because of ${input.type}`);
    if (to === 'master' && from === 'backup' && (input.type === 'rise') !== after.parameters.joint)
      this.fail(node, `became master because of ${input.type}`);
    const isOwner = after.parameters.priority === OWNER && !after.parameters.joint;
    if (isOwner && to === 'backup' && from !== 'master')
      this.fail(node, `an owner became backup from ${from}`);
    if (to === 'master' && from !== 'backup' && after.parameters.priority !== OWNER)
      this.fail(node, `${from} became master without being the owner`);
    const [report] = reports;
    if (reports.length !== 1 || report?.from !== from || report.to !== to)
      this.fail(node, `${from} became ${to}, reported as ${JSON.stringify(reports)}`);
  }
}
