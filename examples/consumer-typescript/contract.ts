import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { BankEvent } from './event.js';

/** Holds events against the JSON Schemas that the bank publishes; each is fetched once. */
export function createContract(bank: string) {
  const ajv = new Ajv2020({ validateFormats: false }); // every format comes with its pattern
  const validators = new Map<string, Promise<ValidateFunction>>();

  async function fetched(path: string): Promise<ValidateFunction> {
    const answer = await fetch(`${bank}/schemas/events/${path}`);
    if (!answer.ok) throw new Error(`the bank publishes no schema ${path} (${answer.status})`);
    return ajv.compile((await answer.json()) as object);
  }

  async function hold(path: string, value: unknown, event: BankEvent): Promise<void> {
    let validator = validators.get(path);
    if (!validator) validators.set(path, (validator = fetched(path)));
    const validate = await validator;
    if (!validate(value)) throw new Error(`${event.type} version ${event.version} at ${event.stream}/${event.revision} is not as published: ${ajv.errorsText(validate.errors, { dataVar: path })}`);
  }

  return {
    async check(event: BankEvent): Promise<void> {
      await hold('metadata.json', event.metadata, event);
      await hold(`${event.type}/${event.version}.json`, event.data, event);
    },
  };
}
