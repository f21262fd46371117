import type { HolderKind, Proof, SessionEnd, SignInEvent } from '../../../shared/events/access/sign-in-events.js';
import { unreachable } from '../../../shared/kernel/decision.js';
import type { Metrics } from '../../../shared/telemetry/metrics.js';
import type { Sessions } from './sessions.js';

/** What is counted of sign-in, by kind of people; names nobody. */
export interface SignInMeters {
  told(people: HolderKind, event: SignInEvent): void;
  /** Also where there is nobody of the name. */
  failed(people: HolderKind, reason: Proof | 'too_many_attempts'): void;
}

export function signInMeters(metrics: Metrics, { sessions, now }: { readonly sessions: Pick<Sessions, 'count'>; readonly now: () => Date }): SignInMeters {
  const signIns = metrics.counter({ name: 'bank_sign_ins_total', help: 'Sign-ins that succeeded', labels: ['people', 'proofs'] });
  const failures = metrics.counter({ name: 'bank_sign_in_failures_total', help: 'Proofs that failed, by their kind, and attempts that were not let through', labels: ['people', 'reason'] });
  const lockouts = metrics.counter({ name: 'bank_sign_in_lockouts_total', help: 'Names and second factors that were closed for a quarter of an hour', labels: ['people'] });
  const ended = metrics.counter({ name: 'bank_sessions_ended_total', help: 'Sessions that were ended before their time', labels: ['people', 'why'] });
  metrics.gauge({
    name: 'bank_sessions', help: 'Live sessions', labels: ['people'],
    read: async () => (await sessions.count(now())).map(({ kind, live }) => ({ value: live, labels: { people: kind } })),
  });
  return {
    failed: (people, reason) => failures.add(1, { people, reason }),
    told(people, event) {
      switch (event.type) {
        case 'SignedIn':
          return signIns.add(1, { people, proofs: event.data.proofs.join('+') });
        case 'LockedOut':
          return lockouts.add(1, { people });
        case 'SessionRevoked':
          return ended.add(1, { people, why: event.data.why satisfies SessionEnd });
        case 'PasswordSet':
        case 'FactorEnrolled':
        case 'FactorRemoved':
        case 'RecoveryCodeUsed':
        case 'SignInFailed':
        case 'Invited':
        case 'FactorsLost':
        case 'SignInNameChosen':
        case 'SteppedUp':
        case 'PayeeTrusted':
          return;
        default:
          return unreachable(event);
      }
    },
  };
}
