import { nameForms, trigramsOf, type NameForms } from './name-forms.js';

/** How well a name fits what was typed: 1 is the same, 0 nothing in common. */
export function createRanking(typed: string): (name: string) => number {
  const wanted = nameForms(typed);
  const letters = wanted.normal.replaceAll(' ', '');
  return (name) => {
    const found = nameForms(name);
    if (found.normal === wanted.normal) return 1;
    return Math.round(Math.max(wanted.han.length > 0 ? byCharacters(wanted, found) : 0, bySound(wanted, found, wanted.han.length > 0 ? undefined : letters)) * 1000) / 1000;
  };
}

function byCharacters(wanted: NameForms, found: NameForms): number {
  const part = wanted.normal.length / Math.max(found.normal.length, 1);
  if (found.normal.startsWith(wanted.normal)) return 0.92 + 0.05 * part;
  if (found.normal.includes(wanted.normal)) return 0.88 + 0.05 * part;
  const shared = wanted.han.filter((character) => found.han.includes(character)).length;
  return shared === wanted.han.length ? 0.8 + 0.05 * part : 0.75 * ((2 * shared) / (wanted.han.length + found.han.length));
}

/** `letters`: what was typed, run together; undefined where it was typed in characters, whose sound is then compared. */
function bySound(wanted: NameForms, found: NameForms, letters: string | undefined): number {
  if (letters === undefined) return found.wholes.some((whole) => wanted.wholes[0] === whole) ? 0.78 : 0;
  if (found.wholes.includes(letters)) return 0.95;
  if (wanted.syllables.every((word) => found.words.includes(word))) return 0.9;
  const begins = found.words.filter((word) => word.startsWith(letters));
  if (begins.length > 0) return 0.8 + 0.08 * (letters.length / Math.min(...begins.map((word) => word.length)));
  const pieces = new Set(trigramsOf(letters));
  return 0.75 * Math.max(0, ...found.words.map((word) => dice(pieces, new Set(trigramsOf(word)))));
}

function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const piece of a) if (b.has(piece)) shared++;
  return (2 * shared) / (a.size + b.size);
}
