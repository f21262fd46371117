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

/**
 * Knows the right answer: every answered transfer is in the log exactly once and as asked, nothing else is, and every balance is what
 * the answered transfers make it. An unknown attempt may be stored once or not at all. Returns every difference, in words.
 */
export function auditTransfers(
  attempts: readonly Attempt[],
  logged: readonly LoggedMovement[],
  opening: ReadonlyMap<string, bigint>,
  balances: ReadonlyMap<string, bigint>,
): string[] {
  const differences: string[] = [];
  const count = new Map<string, number>();
  for (const { id } of logged) count.set(id, (count.get(id) ?? 0) + 1);
  const answered = new Map<string, Attempt>();
  for (const attempt of attempts) if (attempt.outcome.kind === 'answered') answered.set(attempt.outcome.id, attempt);

  for (const [id, attempt] of answered) {
    const times = count.get(id) ?? 0;
    if (times !== 1) differences.push(`answered transfer ${id} (key ${attempt.key}) is in the log ${times} times`);
  }
  const expected = new Map(opening);
  const move = (account: string, minor: bigint) => expected.set(account, (expected.get(account) ?? 0n) + minor);
  let strangers = 0;
  for (const movement of logged) {
    const attempt = answered.get(movement.id);
    if (!attempt) strangers++;
    else if (attempt.from !== movement.from || attempt.to !== movement.to || attempt.minor !== movement.minor)
      differences.push(`transfer ${movement.id} is not stored as it was asked (key ${attempt.key})`);
    move(movement.from, -movement.minor);
    move(movement.to, movement.minor);
  }
  const unknown = attempts.filter(({ outcome }) => outcome.kind === 'unknown').length;
  if (strangers > unknown) differences.push(`${strangers} transfers are in the log that nobody was answered; ${unknown} outcomes are unknown`);
  for (const [account, minor] of expected)
    if (balances.get(account) !== minor) differences.push(`account ${account} shows ${balances.get(account)}, the log makes it ${minor}`);
  return differences;
}
