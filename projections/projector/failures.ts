/** Another projector has moved the lane: what this one did is rolled back, and it asks again where the lane stands. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** The lane does not go on until a person (or a newer program) has mended what the reason says. */
export class LaneHalted extends Error {
  override readonly name = 'LaneHalted';
}

/** A stream's events between `from` and `to` (revisions, inclusive) have not come over the bus. */
export class Gap extends Error {
  override readonly name = 'Gap';
  constructor(readonly stream: string, readonly from: bigint, readonly to: bigint) {
    super(`${stream}: revisions ${from} to ${to} are missing`);
  }
}
