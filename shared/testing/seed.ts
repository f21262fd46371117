/** Seed of this run's property tests: random, or PASSBOOK_TEST_SEED to repeat a run. Tests print it. */
export const seed = Number.parseInt(process.env['PASSBOOK_TEST_SEED'] ?? '', 10) || Date.now() % 2 ** 31;
