import { join } from 'node:path';
import { z } from 'zod';
import { evaluateBody, evaluateRequired } from './evaluate.js';
import { finish, keyOf, LineIds, noteAccepted, prepared, send, type ImportRun, type SendAnswer } from './import-run.js';
import { lineFault } from './line-faults.js';
import { refusedBy } from './report.js';
import { readSourceLines } from './source-lines.js';

/** Registers a customer for every line of the customers' file. */
export async function importCustomers(run: ImportRun): Promise<void> {
  const { mapping: { customers: stage, files } } = run;
  if (!stage) return;
  const ids = new LineIds();
  run.progress.begin('customers', join(run.dir, files[stage.file]!.path));
  for await (const line of readSourceLines(run.mapping, stage.file, run.dir)) {
    run.progress.reached(line.bytesRead);
    const customer = prepared(run, line, 'customer', () => evaluateRequired(stage.id, line, run.lookups, 'customers.id'), (id) => {
      const earlier = ids.claim(id, line.number);
      if (earlier !== undefined) throw lineFault('customers.id', 'line_duplicate', `is the same as on line ${earlier}`);
      return { id, body: evaluateBody(stage.body, line, run.lookups) };
    });
    if (!customer) continue;
    await run.work.add([], async () => {
      const at = { file: line.file, line: line.number, id: customer.id, as: 'customer' } as const;
      const key = keyOf(run.mapping, stage.file, customer.id);
      const answer = await send(run, '/v1/customers', key, customer.body);
      if (answer.outcome !== 'refused') {
        run.customers.set(customer.id, answer.id);
        return finish(run, { ...at, outcome: answer.outcome, bankId: answer.id });
      }
      const existing = existingCustomer(answer);
      if (existing === undefined) return finish(run, { ...at, ...refusedBy(answer.errors), code: answer.code, ...probable(answer) });
      run.customers.set(customer.id, existing);
      noteAccepted(run, key, customer.body, { id: existing, position: '0' });
      finish(run, { ...at, outcome: 'linked', bankId: existing, code: answer.code });
    });
  }
  await run.work.drain();
  run.progress.end();
}

const candidatesSchema = z.looseObject({ candidates: z.array(z.looseObject({ id: z.string(), reasons: z.array(z.string()) })) });

/** The customer who holds the same document already. One who is only probably the same is for people to decide. */
function existingCustomer(refused: Extract<SendAnswer, { outcome: 'refused' }>): string | undefined {
  if (refused.code !== 'customer_duplicate') return undefined;
  return candidatesSchema.safeParse(refused.problem).data?.candidates.find(({ reasons }) => reasons.includes('same_identity'))?.id;
}

const probable = (refused: Extract<SendAnswer, { outcome: 'refused' }>): { candidates?: readonly unknown[] } => {
  const candidates = candidatesSchema.safeParse(refused.problem).data?.candidates;
  return candidates ? { candidates } : {};
};
