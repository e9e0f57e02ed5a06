/** Admissions of a receiver as a test asks for them: VRIDs and their least TTLs. */

import type { Admissions } from '../../src/net/advert-filter.ts';

/** Of any version unless one is named. */
export function admitting(
  leastTtls: Iterable<readonly [vrid: number, leastTtl: number]>,
  version?: 2 | 3,
): Admissions {
  const ofVersion = version === undefined ? {} : { version };
  return new Map([...leastTtls].map(([vrid, leastTtl]) => [vrid, { leastTtl, ...ofVersion }]));
}
