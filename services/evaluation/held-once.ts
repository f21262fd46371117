const MOST_TEXTS = 50_000;

/** Gives a text as it was given first, so that equal ones are held once; not for ever, or they would all be held. */
export function heldOnce(): (text: string) => string {
  const texts = new Map<string, string>();
  return (text) => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size >= MOST_TEXTS) texts.clear();
    texts.set(text, text);
    return text;
  };
}
