import { pinyin } from 'pinyin-pro';

/** A name as search sees it, whatever script it is written in. */
export interface NameForms {
  /** Lower case, without accents, one space between words; Chinese as it is. */
  readonly normal: string;
  /** Each Han character, in order. */
  readonly han: readonly string[];
  /** How the whole is usually read, syllable by syllable or word by word. */
  readonly syllables: readonly string[];
  /** What may be typed in letters: Latin words, pinyin syllables in every reading, the whole run together, initials. */
  readonly words: readonly string[];
  /** Those of `words` that stand for the whole name. */
  readonly wholes: readonly string[];
}

const MAX_READINGS = 8;
/** Names of people; in longer ones (companies) every rare reading of every character would only add noise. */
const MAX_HAN_FOR_EVERY_READING = 4;

export function normalText(text: string): string {
  return text.normalize('NFKC').toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC').replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
}

export function nameForms(name: string): NameForms {
  const normal = normalText(name);
  const parts = normal.match(/\p{Script=Han}+|[^\s\p{Script=Han}]+/gu) ?? [];
  const han = parts.filter(isHan).flatMap((part) => [...part]);
  const perPart = parts.map((part) => (isHan(part) ? readingsOf(part, han.length <= MAX_HAN_FOR_EVERY_READING) : [[part]]));
  // One choice of readings per part: the usual one, and each of a part's others beside the usual ones of the rest.
  const choices = [perPart.map((readings) => readings[0]!)];
  perPart.forEach((readings, at) => readings.slice(1).forEach((reading) => choices.push(perPart.map((others, index) => (index === at ? reading : others[0]!)))));
  const wholes = new Set<string>();
  const words = new Set<string>();
  for (const choice of choices.slice(0, MAX_READINGS)) {
    const syllables = choice.flat();
    syllables.forEach((syllable) => words.add(syllable));
    if (syllables.length < 2) continue;
    wholes.add(syllables.join(''));
    wholes.add(syllables.map((syllable) => [...syllable][0]).join(''));
  }
  for (const whole of wholes) words.add(whole);
  return { normal, han, syllables: choices[0]!.flat(), words: [...words], wholes: wholes.size > 0 ? [...wholes] : [...words] };
}

const isHan = (part: string): boolean => /^\p{Script=Han}/u.test(part);

/** Readings of a run of characters, syllable by syllable; the first is the usual one, with a surname at its head read as one. */
function readingsOf(run: string, everyReading: boolean): string[][] {
  const usual = pinyin(run, { toneType: 'none', type: 'array', surname: 'head' });
  const readings = [usual, pinyin(run, { toneType: 'none', type: 'array' })];
  if (everyReading)
    [...run].forEach((character, at) => {
      for (const other of pinyin(character, { toneType: 'none', type: 'array', multiple: true }))
        if (other !== usual[at]) readings.push(usual.map((syllable, index) => (index === at ? other : syllable)));
    });
  // ü is typed v, u or (in passports) yu.
  const spelled = readings.flatMap((reading) =>
    reading.some((syllable) => /^[ln][vü]/.test(syllable)) ? ['v', 'u', 'yu'].map((u) => reading.map((syllable) => syllable.replace(/^([ln])[vü]/, `$1${u}`))) : [reading]);
  return [...new Map(spelled.map((reading) => [reading.join(' '), reading])).values()];
}

/** The trigrams by which a word is found from its beginning or its inside; the first letter alone as well. */
export function trigramsOf(word: string): string[] {
  const letters = ['^', ...word];
  if (letters.length === 2) return [letters.join('')];
  return letters.slice(0, -2).map((_, at) => letters.slice(at, at + 3).join(''));
}
