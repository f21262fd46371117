/** Why a password would be found soon. */
export type Weakness = 'known' | 'guessable';

/** Says whether attackers would find a password soon. `about`: words about the person, worthless in a password. No request leaves the bank. */
export type WeaknessOf = (password: string, about: readonly string[]) => Promise<Weakness | undefined>;

/** Of 0 to 4; 3: more than 10^8 guesses. */
const LEAST_SCORE = 3;
/** A name of fewer letters stands in many words by chance. */
const LEAST_NAME = 4;
/** The estimate's time grows with the square of the length; what is long beyond this is judged by its beginning. */
const JUDGED_CHARACTERS = 64;

/** By zxcvbn and its lists of passwords that leaked and of words; they are loaded when the first password is judged. */
export function listedPasswords(): WeaknessOf {
  let judge: Promise<(password: string, about: readonly string[]) => { score: number; known: boolean }> | undefined;
  return async (password, about) => {
    const { score, known } = (await (judge ??= loadJudge()))(password.slice(0, JUDGED_CHARACTERS), about);
    if (known) return 'known';
    if (about.some((word) => word.length >= LEAST_NAME && password.toLowerCase().includes(word.toLowerCase()))) return 'guessable';
    return score < LEAST_SCORE ? 'guessable' : undefined;
  };
}

async function loadJudge() {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common'), import('@zxcvbn-ts/language-en')]);
  const zxcvbn = new ZxcvbnFactory({ dictionary: { ...common.dictionary, ...english.dictionary }, graphs: common.adjacencyGraphs });
  return (password: string, about: readonly string[]) => {
    const { score, sequence } = zxcvbn.check(password, [...about, 'passbook', 'bank']);
    const [only] = sequence;
    return { score, known: sequence.length === 1 && only !== undefined && (only as { dictionaryName?: string }).dictionaryName?.startsWith('passwords') === true };
  };
}
