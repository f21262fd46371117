/** A part of the bank (Postgres, Kafka, Redis …) could not be had. The message is for the person at the terminal: what is wrong and what to do. */
export class PartFailure extends Error {
  override readonly name = 'PartFailure';
}
