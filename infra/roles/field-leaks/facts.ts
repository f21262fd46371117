import type { DataClass, Views } from '../../../shared/access/data-classes.js';
import type { Permission } from '../../../shared/access/permissions.js';
import type { Scope } from '../../../shared/access/rights.js';

/** Whose a record is. */
export interface Owner {
  readonly branch: string;
  readonly manager?: string | undefined;
  /** Who it is about, where they may sign in. */
  readonly customer?: string | undefined;
}

/** Something told to the bank whose text stands nowhere else, with what may be seen of it by whom. */
export interface Fact {
  readonly what: string;
  /** `record`: that there is such a record at all; whoever reaches it sees that. `secret`: nobody sees it. */
  readonly dataClass: DataClass | 'record' | 'secret';
  /** A class around it that must be shown at least masked. */
  readonly within?: DataClass | undefined;
  readonly clear: string;
  /** What of it a masked view shows; absent: nothing. */
  readonly masked?: string | undefined;
  /** Any of these permissions, reaching any of these owners, opens the record it stands in. */
  readonly permissions: readonly Permission[];
  readonly owners: readonly Owner[];
  /** Kept, but in no answer; whoever may see it need not find it. */
  readonly silent?: true | undefined;
  /** The member of staff whom it is about: in answers on themselves they may find it. */
  readonly about?: string | undefined;
  /** Told by one person about themselves, and shown to them alone. */
  readonly only?: string | undefined;
}

/** One permission as a reader holds it. */
export interface Held {
  readonly permission: Permission;
  readonly scope: Scope;
  readonly branches: ReadonlySet<string>;
  /** Of what waits for approval: these commands alone. */
  readonly commands?: readonly Permission[] | undefined;
}

/** Somebody who asks, with what they ought to see: worked out here anew, from the roles alone. */
export interface Reader {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of whom a portfolio is. */
  readonly holder: string;
  /** Who signed in, where they may use their own account. */
  readonly self?: string;
  readonly held: readonly Held[];
  readonly views: Views;
  /** Asks in the ordinary way: must find whatever they may see. */
  readonly plain: boolean;
}

/** What waits for approval here changes a customer. */
const WAITING: Permission = 'customers.update';

export const reachesRecord = ({ holder, held }: Reader, permissions: readonly Permission[], owners: readonly Owner[]): boolean =>
  held.filter(({ permission, commands = [WAITING] }) => permissions.includes(permission) && commands.includes(WAITING)).some(({ scope, branches }) => scope === 'all' || owners.some(({ branch, manager, customer }) => {
    switch (scope) {
      case 'branch': return branches.has(branch);
      case 'portfolio': return manager === holder;
      case 'own': return customer === holder;
    }
  }));

/** How much of a fact somebody ought to see. */
export function sightOf(reader: Reader, fact: Fact): 'hidden' | 'masked' | 'clear' {
  if (fact.dataClass === 'secret') return 'hidden';
  if (fact.only !== undefined) return fact.only === reader.self ? 'clear' : 'hidden';
  if (fact.about !== undefined && fact.about === reader.self) return 'clear';
  if (!reachesRecord(reader, fact.permissions, fact.owners)) return 'hidden';
  if (fact.within !== undefined && reader.views[fact.within] === 'hidden') return 'hidden';
  if (fact.dataClass === 'record') return 'clear';
  const view = reader.views[fact.dataClass];
  if (view !== 'masked') return view;
  if (fact.masked === undefined) return 'hidden';
  return fact.masked === fact.clear ? 'clear' : 'masked';
}

/** Writes down what is told to the bank while it is told. */
export class Facts {
  readonly all: Fact[] = [];

  /** For one record: gives back what it is given. */
  of(record: string, { permissions, owners, only, about }: Pick<Fact, 'permissions' | 'owners' | 'only' | 'about'>) {
    return <Text extends string>(dataClass: Fact['dataClass'], clear: Text, { mask, within, silent, what = '' }: { mask?: (text: string) => string; within?: DataClass; silent?: true; what?: string } = {}): Text => {
      this.all.push({ what: `${record}: ${what || clear}`, dataClass, clear, permissions, owners, only, about, within, silent, ...(mask && { masked: mask(clear) }) });
      return clear;
    };
  }
}

export type Told = ReturnType<Facts['of']>;
