import { randomUUID } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import type { Vault } from '../../../shared/crypto/vault.js';
import type { StoredEvent } from '../../../shared/event-store/port.js';
import { createCodec } from '../../../shared/events/codec.js';
import type { EventMetadata, Recorded } from '../../../shared/events/definition.js';
import type { CustomerEvent } from '../../../shared/events/customers/events.js';
import type { Corporate, FieldChange, Individual } from '../../../shared/events/customers/profile.js';
import type { LedgerEvent } from '../../../shared/events/ledger/events.js';

/** The same name is always the same id. */
export const idOf = (name: string): string => uuidv5(name, '7c3f5f4e-55a0-4c0f-8b44-0f6f9b0c7a51');

/** Customers and whose accounts are whose, told as events; everybody goes by a name of the test's own. */
export class Story {
  private readonly told: { stream: string; event: CustomerEvent | LedgerEvent; recordedAt: string }[] = [];
  private log: Promise<StoredEvent[]> | undefined;

  constructor(private readonly vault: Vault) {}

  person(name: string, profile: Partial<Individual> = {}, branch?: string): this {
    const whole: Individual = {
      kind: 'individual', name, sex: 'female', birthDate: '1990-05-17', idDocument: { type: 'CN-PASSPORT', number: `E${10_000_000 + this.told.length}` },
      phones: [`+86138${10_000_000 + this.told.length}`], ...profile,
    };
    return this.tell(`customer-${idOf(name)}`, {
      type: 'CustomerRegistered', data: { customerId: idOf(name), kind: 'individual', profile: whole, ...(branch !== undefined && { branch }) },
    });
  }

  company(name: string, profile: Partial<Corporate> = {}): this {
    const whole: Corporate = { kind: 'corporate', name, creditCode: '91350100M000100Y43', ...profile };
    return this.tell(`customer-${idOf(name)}`, { type: 'CustomerRegistered', data: { customerId: idOf(name), kind: 'corporate', profile: whole } });
  }

  change(name: string, ...changes: FieldChange[]): this {
    return this.tell(`customer-${idOf(name)}`, {
      type: 'CustomerUpdated', data: { customerId: idOf(name), fields: changes.map(({ field }) => field), update: { changes, reason: 'asked' } },
    });
  }

  move(name: string, before: string | null, after: string): this {
    return this.tell(`customer-${idOf(name)}`, { type: 'CustomerBranchAssigned', data: { customerId: idOf(name), before, after } });
  }

  lapse(name: string): this {
    return this.tell(`customer-${idOf(name)}`, { type: 'CustomerIdentityClaimLapsed', data: { customerId: idOf(name), claimId: idOf('claim') } });
  }

  account(number: string, owner: string, ...joint: string[]): this {
    return this.tell('ledger-0', {
      type: 'AccountOpened',
      data: {
        accountId: idOf(number), accountNumber: number, kind: 'customer', normalSide: 'credit', product: 'savings', productVersion: 1, currency: 'CNY', customerId: idOf(owner),
        holders: joint.map((name) => ({ customerId: idOf(name), role: 'joint-owner' as const })),
      },
    });
  }

  tell(stream: string, event: CustomerEvent | LedgerEvent): this {
    this.told.push({ stream, event, recordedAt: new Date(Date.UTC(2025, 0, 1, 8, this.told.length)).toISOString() });
    return this;
  }

  /** As the projector gives them to `apply`. The story is over once it was asked for. */
  opened = (): Promise<Recorded[]> => this.recorded(true);
  /** As they stand in the log. */
  sealed = (): Promise<Recorded[]> => this.recorded(false);

  /** The events of one stream, as they stand in the log. */
  async *eventsOf(stream: string): AsyncGenerator<StoredEvent> {
    this.log ??= this.sealAll();
    yield* (await this.log).filter((stored) => stored.stream === stream);
  }

  private async recorded(open: boolean): Promise<Recorded[]> {
    this.log ??= this.sealAll();
    return createCodec(this.vault).read(await this.log, { open });
  }

  private async sealAll(): Promise<StoredEvent[]> {
    const sealed = await createCodec(this.vault).seal(this.told.map(({ event, recordedAt }) => ({ id: randomUUID(), event, metadata: metadataAt(recordedAt) })));
    const revisions = new Map<string, bigint>();
    return sealed.map((event, index) => {
      const { stream } = this.told[index]!;
      const revision = (revisions.get(stream) ?? -1n) + 1n;
      revisions.set(stream, revision);
      return { ...event, stream, revision, position: BigInt(index + 1), created: new Date(0) };
    });
  }
}

const metadataAt = (recordedAt: string): EventMetadata => ({
  commandId: randomUUID(), $correlationId: randomUUID(), $causationId: randomUUID(), actor: { id: 'zhang', role: 'teller', channel: 'counter' }, schemaVersion: 1, recordedAt,
});
