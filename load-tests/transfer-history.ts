/** What a client knows of its own transfers: the third state, "unknown", is never counted as failed. */
export interface Attempt {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly minor: bigint;
  readonly outcome: { readonly kind: 'answered'; readonly id: string; readonly position: bigint } | { readonly kind: 'refused'; readonly code: string } | { readonly kind: 'unknown' };
}

/** A movement as the log has it. */
export interface LoggedMovement {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly minor: bigint;
}

/** What the answered attempts promise: each is in the log exactly once and as asked, one key has one answer, one answer one key, and nothing else is there. An unknown attempt may be stored once or not at all. */
export function auditAnswers(attempts: readonly Attempt[], logged: readonly LoggedMovement[]): string[] {
  const differences: string[] = [];
  const count = new Map<string, number>();
  for (const { id } of logged) count.set(id, (count.get(id) ?? 0) + 1);
  const answered = new Map<string, Attempt>();
  const idOf = new Map<string, string>();
  for (const attempt of attempts) {
    const { key, outcome } = attempt;
    if (outcome.kind !== 'answered') continue;
    const before = answered.get(outcome.id);
    if (before && before.key !== key) differences.push(`keys ${before.key} and ${key} were answered with one transfer, ${outcome.id}`);
    const otherId = idOf.get(key);
    if (otherId !== undefined && otherId !== outcome.id) differences.push(`key ${key} was answered with two transfers, ${otherId} and ${outcome.id}`);
    answered.set(outcome.id, attempt);
    idOf.set(key, outcome.id);
  }
  for (const [id, attempt] of answered) {
    const times = count.get(id) ?? 0;
    if (times !== 1) differences.push(`answered transfer ${id} (key ${attempt.key}) is in the log ${times} times`);
  }
  let strangers = 0;
  for (const movement of logged) {
    const attempt = answered.get(movement.id);
    if (!attempt) strangers++;
    else if (attempt.from !== movement.from || attempt.to !== movement.to || attempt.minor !== movement.minor)
      differences.push(`transfer ${movement.id} is not stored as it was asked (key ${attempt.key})`);
  }
  const unknown = new Set(attempts.flatMap(({ key, outcome }) => (outcome.kind === 'unknown' ? [key] : []))).size;
  if (strangers > unknown) differences.push(`${strangers} transfers are in the log that nobody was answered; ${unknown} outcomes are unknown`);
  return differences;
}

/** Knows the right answer: what `auditAnswers` looks for, and that every balance is what the logged transfers make it. Returns every difference, in words. */
export function auditTransfers(
  attempts: readonly Attempt[],
  logged: readonly LoggedMovement[],
  opening: ReadonlyMap<string, bigint>,
  balances: ReadonlyMap<string, bigint>,
): string[] {
  const differences = auditAnswers(attempts, logged);
  const expected = new Map(opening);
  const move = (account: string, minor: bigint) => expected.set(account, (expected.get(account) ?? 0n) + minor);
  for (const movement of logged) {
    move(movement.from, -movement.minor);
    move(movement.to, movement.minor);
  }
  for (const [account, minor] of expected)
    if (balances.get(account) !== minor) differences.push(`account ${account} shows ${balances.get(account)}, the log makes it ${minor}`);
  return differences;
}
