/** Whether a test that otherwise takes a selection shall take everything: `npm run test:full`. The test runner tells its children. */

export const FULL_VARIABLE = 'LOCUM_TEST_FULL';

export const FULL = process.env[FULL_VARIABLE] === 'true';
