/** An API has nothing to run, frame or embed. */
const API_POLICY = 'default-src \'none\'; base-uri \'none\'; form-action \'none\'; frame-ancestors \'none\'';

/** The page at /docs brings its own scripts and styles, and calls this server alone. */
export const DOCUMENTATION_POLICY = 'default-src \'none\'; script-src \'self\'; style-src \'self\'; img-src \'self\' data:; font-src \'self\' data:; connect-src \'self\'; '
  + 'base-uri \'none\'; form-action \'none\'; frame-ancestors \'none\'';

const YEAR_SECONDS = 31_536_000;

/** On every answer, refusals included. Nothing is stored anywhere: any answer may hold personal data. */
export const securityHeaders = ({ https }: { readonly https: boolean }): Readonly<Record<string, string>> => ({
  'content-security-policy': API_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
  ...(https && { 'strict-transport-security': `max-age=${YEAR_SECONDS}; includeSubDomains` }),
});
