import { creditCode } from '../../../services/customers/testing/people.js';
import { maskDate, maskEmail, maskIdNumber, maskName, maskPhone, maskWhole } from '../../../shared/access/masks.js';
import type { Told } from './facts.js';

/** Shown as it is, where its class is shown at all. */
const open = { mask: (text: string) => text };
const money = (amount: string) => ({ amount, currency: 'CNY' });

/** A person with every field there is; texts that stand nowhere else, told apart by `n` (two digits). */
export function personTold(told: Told, n: string) {
  const document = (number: string, within?: 'ownership') => ({ type: 'FOREIGN-PASSPORT', number: told('identity-number', number, { mask: maskIdNumber, ...(within && { within }) }), country: 'DE', validUntil: told('identity-number', `2041-03-${n}`, open) });
  return {
    kind: 'individual',
    name: told('name', `Zephyrine${n} Quillfeather`, { mask: maskName }),
    sex: 'female',
    birthDate: told('identity', `1967-08-${n}`, { mask: maskDate }),
    idDocument: document(`QZX9081726${n}K`),
    phones: [told('contact', `+86138475091${n}`, { mask: maskPhone })],
    email: told('contact', `amaryllis${n}@kolibripost${n}.example`, { mask: maskEmail }),
    addresses: [{
      kind: 'home', country: 'CN', cityCode: told('contact', `3101${n}`, { ...open, silent: true }), city: told('contact', `Quellhafen${n}`, open), district: told('contact', `Ostmark${n}quartier`, open),
      line: told('contact', `Lindwurmallee ${n}b hinten`, { mask: maskWhole }), postalCode: told('contact', `PLZ-84${n}7`, { mask: maskWhole }),
    }],
    occupation: told('employment', `Glockengiesserin${n}`),
    employer: told('employment', `Quaggamuster Werke ${n}`),
    income: money(told('income', `18534402917${n}.47`)),
    assets: [{ kind: 'property', description: told('assets', `Mietshaus Nr ${n} am Deich`), value: money(told('assets', `64172208519${n}.09`)) }],
    liabilities: [{ kind: 'loan', description: told('liabilities', `Darlehen ${n} der Tante`), value: money(told('liabilities', `29583360174${n}.31`)) }],
    maritalStatus: 'widowed',
    riskPreference: { level: 'aggressive', assessedOn: told('preferences', `2024-07-${n}`) },
    interests: [told('preferences', `Kakteenzucht${n}`)],
    tags: [told('marketing', `Orchesterloge${n}`)],
    contactPersons: [{ name: told('name', `Ottokar${n} Beistand`, { mask: maskName, within: 'contact' }), relationship: told('contact', `Patenonkel${n}`, open), phone: told('contact', `+49151776620${n}`, { mask: maskPhone }) }],
    consents: { marketingSms: true, marketingEmail: false, profiling: true, dataSharing: false },
  };
}

export function companyTold(told: Told, n: string) {
  return {
    kind: 'corporate',
    name: told('name', `Walfisch${n} Handelsgesellschaft`, { mask: maskName }),
    creditCode: told('identity-number', creditCode(538_271_600 + Number(n)), { mask: maskIdNumber }),
    registeredAddress: { kind: 'registered', country: 'CN', city: told('contact', `Nordhafen${n}`, open), line: told('contact', `Kontorhaus ${n} am Kai`, { mask: maskWhole }) },
    registeredCapital: money(told('income', `50772911640${n}.00`)),
    businessScope: told('employment', `Handel mit Walbarten ${n}`),
    legalRepresentative: {
      name: told('name', `Ludmilla${n} Vorstand`, { mask: maskName, within: 'ownership' }),
      idDocument: { type: 'FOREIGN-PASSPORT', number: told('identity-number', `LVX3344556${n}M`, { mask: maskIdNumber, within: 'ownership' }), country: 'DE' },
      phone: told('contact', `+49160883311${n}`, { mask: maskPhone, within: 'ownership' }),
    },
    licenceNumber: told('identity-number', `3100884471${n}55`, { mask: maskIdNumber }),
    shareholders: [{ name: told('name', `Anteil${n} Beteiligungs AG`, { mask: maskName, within: 'ownership' }), share: told('ownership', `61.73${n}`, open) }],
    beneficialOwners: [{
      name: told('name', `Balduin${n} Nutznieser`, { mask: maskName, within: 'ownership' }), share: told('ownership', `43.81${n}`, open),
      idDocument: { type: 'FOREIGN-PASSPORT', number: told('identity-number', `BNX7788990${n}P`, { mask: maskIdNumber, within: 'ownership' }), country: 'DE' },
    }],
    contacts: [{ name: told('name', `Friedewald${n} Empfang`, { mask: maskName, within: 'contact' }), relationship: told('contact', `Pforte${n}`, open), phone: told('contact', `+49171995544${n}`, { mask: maskPhone }) }],
    phones: [told('contact', `+86139220183${n}`, { mask: maskPhone })],
    email: told('contact', `rezeption${n}@delphinpost${n}.example`, { mask: maskEmail }),
    consents: { marketingEmail: true },
  };
}

/** What changes later; the former values stay in the history. */
export const changesTold = (told: Told, n: string) => ({
  name: told('name', `Zephyrine${n} Wolkenstein`, { mask: maskName }),
  phones: [told('contact', `+86137660482${n}`, { mask: maskPhone })],
  employer: told('employment', `Eulenspiegel Manufaktur ${n}`),
  liabilities: [{ kind: 'card-debt', description: told('liabilities', `Kartenschuld ${n} vom Markt`), value: money(told('liabilities', `77314485902${n}.64`)) }],
});
