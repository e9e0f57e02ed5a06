/** All that is wrong, from what the nodes say of themselves and of one another. */

import type { NodeView } from './node.ts';
import { nodeTroubles } from './node-trouble.ts';
import { routerTroubles } from './router-trouble.ts';
import { type Trouble, worstFirst } from './trouble.ts';
import type { VirtualRouter } from './virtual-routers.ts';

/** The worst first. */
export function troublesOf(nodes: readonly NodeView[], routers: readonly VirtualRouter[]): Trouble[] {
  return worstFirst([...nodes.flatMap(nodeTroubles), ...routers.flatMap(routerTroubles)]);
}
