/** The kernel's word on its clock, against what the C library makes of it; it is given without any capability. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import koffi from 'koffi';
import { isClockSynchronised } from '../../src/native/clock-state.ts';
import { moduleUrl, runInChild, WITHOUT_CAPABILITIES } from '../net/child.ts';

/** ntp_gettime(3): "the clock is not synchronised". */
const TIME_ERROR = 5;
const STRUCTURE_BYTES = 512;

test('is what ntp_gettime(3) says, to whoever asks', async () => {
  const ntpGettime = koffi.load(null).func('int ntp_gettime(void *)');
  const synchronised = ntpGettime(new Uint8Array(STRUCTURE_BYTES)) !== TIME_ERROR;
  assert.equal(isClockSynchronised(), synchronised);
  const { output } = await runInChild(
    `import { isClockSynchronised } from '${moduleUrl('native/clock-state')}';
    console.log(isClockSynchronised());`,
    WITHOUT_CAPABILITIES,
  );
  assert.equal(output.trim(), String(synchronised));
});
