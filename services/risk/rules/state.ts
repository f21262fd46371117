import { createHash } from 'node:crypto';
import type { Actor } from '../../../shared/events/definition.js';
import type { Formula, RiskRuleEvent } from '../../../shared/events/risk/rule-events.js';
import { canonicalJson } from '../../../shared/kernel/canonical-json.js';
import { unreachable } from '../../../shared/kernel/decision.js';
import { defineRecord } from '../../../shared/records/record.js';

export interface Version {
  readonly version: number;
  readonly formula: Formula;
  readonly hash: string;
  /** Everybody who wrote at it, or submitted it: none of them publishes it. */
  readonly authors: readonly Actor[];
  readonly draftedAt: string;
}

export type Draft = Version & { readonly status: 'draft' | 'submitted' };
export interface Parking { readonly code: string; readonly cause: string; readonly since: string }
/** `superseded`: by the next; `withdrawn`: by somebody. Only one at most is `published`. */
export type Released = Version & {
  readonly status: 'published' | 'superseded' | 'withdrawn'; readonly publishedBy: Actor; readonly publishedAt: string; readonly endedAt: string | null; readonly parked: Parking | null;
};

export type RuleState = { readonly status: 'absent' } | { readonly status: 'known'; readonly ruleId: string; readonly draft: Draft | null; readonly released: readonly Released[] };
export type KnownRule = Exclude<RuleState, { status: 'absent' }>;

/** What was reviewed and what runs is told apart by this. */
export const hashOfFormula = (formula: Formula): string => createHash('sha256').update(canonicalJson(formula)).digest('hex');

export const inForce = ({ released }: KnownRule): Released | undefined => released.findLast(({ status }) => status === 'published');

/** Stream "riskrule-<id>". */
export const ruleRecord = defineRecord<RuleState, RiskRuleEvent>({
  name: 'riskrule',
  initial: { status: 'absent' },
  evolve(state, event, { metadata: { actor, recordedAt } }) {
    if (event.type === 'RiskRuleDrafted') {
      const { ruleId, version, formula, hash } = event.data;
      const draft: Draft = { status: 'draft', version, formula, hash, authors: [actor], draftedAt: recordedAt };
      return state.status === 'absent' ? { status: 'known', ruleId, draft, released: [] } : { ...state, draft };
    }
    if (state.status === 'absent') return state;
    const { draft } = state;
    switch (event.type) {
      case 'RiskRuleRevised':
        return draft ? { ...state, draft: { ...draft, status: 'draft', formula: event.data.formula, hash: event.data.hash, authors: [...draft.authors, actor] } } : state;
      case 'RiskRuleSubmitted':
        return draft ? { ...state, draft: { ...draft, status: 'submitted', authors: [...draft.authors, actor] } } : state;
      case 'RiskRuleReturned':
        return draft ? { ...state, draft: { ...draft, status: 'draft' } } : state;
      case 'RiskRulePublished':
        return draft ? { ...state, draft: null, released: [...ended(state.released, 'superseded', recordedAt), { ...draft, status: 'published', publishedBy: actor, publishedAt: recordedAt, endedAt: null, parked: null }] } : state;
      case 'RiskRuleWithdrawn':
        return { ...state, released: ended(state.released, 'withdrawn', recordedAt) };
      case 'RiskRuleParked':
        return { ...state, released: withParking(state.released, { code: event.data.code, cause: event.data.cause, since: recordedAt }) };
      case 'RiskRuleResumed':
        return { ...state, released: withParking(state.released, null) };
      default:
        return unreachable(event);
    }
  },
});

const ended = (released: readonly Released[], status: 'superseded' | 'withdrawn', endedAt: string): readonly Released[] =>
  released.map((one) => (one.status === 'published' ? { ...one, status, endedAt } : one));
const withParking = (released: readonly Released[], parked: Parking | null): readonly Released[] => released.map((one) => (one.status === 'published' ? { ...one, parked } : one));
