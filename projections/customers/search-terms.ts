import { createHmac } from 'node:crypto';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { Profile } from '../../shared/events/customers/profile.js';
import { nameForms, normalText, trigramsOf } from './name-forms.js';

/**
 * What a customer is found by, as keyed hashes of 64 bits (decimal text of a signed bigint): they live in this read model alone. Exact values (ID and
 * credit numbers, phones, birth date, whole name, tags) and pieces of the name.
 */
export interface SearchTerms {
  ofProfile(profile: Profile): string[];
  /** The same person may be asked for in several ways: any of these is a hit. */
  ofIdNumber(text: string): string[];
  ofPhone(text: string): string[];
  ofWholeName(text: string): string[];
  ofBirthDate(date: string): string[];
  ofLicence(text: string): string[];
  ofAccountNumber(text: string): string[];
  ofTag(tag: string): string[];
  /** Pieces of a name as typed: a row that has them all is a candidate. Empty where the text is too short to search by. */
  ofName(text: string): string[];
  /** Weaker searches, each a list of pieces: by sound, and with one character or letter mistyped. */
  ofNameNearly(text: string): string[][];
}

const MAX_TERMS_PER_NAME = 240;
const MAX_PIECES_ASKED = 24;
const REMEMBERED_PIECES = 100_000;

export function createSearchTerms(secret: Buffer): SearchTerms {
  let remembered = new Map<string, string>();
  const hash = (term: string): string => createHmac('sha256', secret).update(term).digest().readBigInt64BE().toString();
  /** Pieces of names come again and again. */
  const pieceHash = (piece: string): string => {
    let known = remembered.get(piece);
    if (known === undefined) {
      if (remembered.size >= REMEMBERED_PIECES) remembered = new Map();
      remembered.set(piece, (known = hash(`piece:${piece}`)));
    }
    return known;
  };
  const piecesOf = (words: readonly string[]): string[] => [...new Set(words.flatMap(trigramsOf))];
  const numberTerms = (numbers: readonly string[]): string[] => numbers.map((number) => hash(`number:${number}`));
  const phoneTerms = (numbers: readonly string[]): string[] => numbers.map((number) => hash(`phone:${number}`));

  const terms: SearchTerms = {
    ofProfile(profile) {
      const { han, words } = nameForms(profile.name);
      const pieces = [...han, ...words.map((word) => `^${[...word][0]}`), ...piecesOf(words)];
      const exact = [
        ...terms.ofWholeName(profile.name),
        ...(profile.phones ?? []).flatMap((phone) => phoneTerms(phoneForms(phone))),
        ...(profile.tags ?? []).flatMap(terms.ofTag),
        ...(profile.kind === 'individual'
          ? [...terms.ofIdNumber(profile.idDocument.number), ...terms.ofBirthDate(profile.birthDate)]
          : [...terms.ofIdNumber(profile.creditCode), ...(profile.licenceNumber === undefined ? [] : terms.ofLicence(profile.licenceNumber))]),
      ];
      return [...new Set([...exact, ...[...new Set(pieces)].slice(0, MAX_TERMS_PER_NAME).map(pieceHash)])].sort();
    },
    ofIdNumber: (text) => numberTerms(idNumberForms(text)),
    ofPhone: (text) => phoneTerms(phoneForms(text)),
    ofWholeName: (text) => [hash(`name:${normalText(text)}`)],
    ofBirthDate: (date) => [hash(`born:${date}`)],
    ofLicence: (text) => [hash(`licence:${bare(text)}`)],
    ofTag: (tag) => [hash(`tag:${tag.trim().normalize('NFKC').toLowerCase()}`)],
    ofAccountNumber: (text) => [hash(`account:${bare(text)}`)],

    ofName: (text) => typedPieces(text).map(pieceHash),
    ofNameNearly(text) {
      const { han } = nameForms(text);
      const typed = typedPieces(text);
      const bySound = han.length > 0 ? piecesOf(nameForms(han.join('')).syllables) : [];
      // A mistyped Han character spoils one piece; a mistyped letter the three that it stands in.
      const spoiled = han.length === typed.length ? 1 : 3;
      const withOut = typed.length > spoiled + (spoiled === 1 ? 1 : 0) ? Array.from({ length: typed.length - spoiled + 1 }, (_, at) => [...typed.slice(0, at), ...typed.slice(at + spoiled)]) : [];
      return [...(bySound.length > 0 ? [bySound] : []), ...withOut].map((pieces) => pieces.map(pieceHash));
    },
  };
  return terms;
}

function typedPieces(text: string): string[] {
  const parts = normalText(text).match(/\p{Script=Han}|[^\s\p{Script=Han}]+/gu) ?? [];
  const pieces = [...new Set(parts.flatMap((part) => (/^\p{Script=Han}/u.test(part) ? [part] : trigramsOf(part))))];
  // One letter alone is no search.
  return pieces.some((piece) => !/^\^.$/u.test(piece)) ? pieces.slice(0, MAX_PIECES_ASKED) : [];
}

const bare = (text: string): string => text.normalize('NFKC').toUpperCase().replace(/[\s./-]/g, '');

/** As it is, and of an old 15-digit resident number its 18-character form. */
export function idNumberForms(text: string): string[] {
  const number = bare(text);
  return /^[1-9]\d{14}$/.test(number) ? [number, eighteenOf(number)] : [number];
}

/** GB 11643: the century after the area code, and the check character. */
function eighteenOf(fifteen: string): string {
  const digits = `${fifteen.slice(0, 6)}19${fifteen.slice(6)}`;
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * (2 ** (17 - at) % 11), 0);
  return `${digits}${'10X98765432'[sum % 11]}`;
}

/** E.164 and the national digits, from whatever staff type: with or without country code, 0086, brackets, spaces, a "+" that a URL turned into a space. */
export function phoneForms(text: string): string[] {
  const typed = text.normalize('NFKC').trim().replace(/^00/, '+').replace(/^86(?=1\d{10}$)/, '+86');
  const parsed = [typed, `+${typed.replace(/^\+/, '')}`].map((candidate) => parsePhoneNumberFromString(candidate, 'CN')).filter((phone) => phone?.isPossible());
  const digits = typed.replace(/\D/g, '');
  const forms = parsed.flatMap((phone) => [phone!.number as string, phone!.nationalNumber as string]);
  return [...new Set([...forms, ...(digits === '' ? [] : [digits, digits.replace(/^0/, '')])])];
}
