/** Whether a test that otherwise takes a selection shall take everything: `npm run test:full`. The test runner tells its children. */

export const FULL_VARIABLE = 'FULL_MATRIX';

export const FULL = process.env[FULL_VARIABLE] === 'true';
