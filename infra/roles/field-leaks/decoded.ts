/** All that an answer says in whatever dress: raw, and with escapes, percent signs, base64 and hex taken off, twice over. One text, lower case. */
export function decoded(...texts: readonly string[]): string {
  const all = new Set(texts);
  let newest = [...all];
  for (let depth = 0; depth < 3 && newest.length > 0; depth++) {
    const found = newest.flatMap(undressed).filter((text) => !all.has(text));
    for (const text of found) all.add(text);
    newest = found;
  }
  return [...all].join('\n').normalize('NFC').toLowerCase();
}

function undressed(text: string): string[] {
  const found: string[] = [];
  if (text.includes('\\')) found.push(text.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16))).replace(/\\(["\\/])/g, '$1'));
  if (/%[0-9a-f]{2}/i.test(text)) found.push(text.replace(/(%[0-9a-f]{2})+/gi, percent));
  for (const [token] of text.matchAll(/[A-Za-z0-9_+/-]{12,}={0,2}/g)) {
    if (UUID.test(token)) continue;
    let within = known.get(token);
    if (within === undefined) {
      within = [readable(Buffer.from(token, 'base64')), ...(/^([0-9a-f]{2})+$/i.test(token) ? [readable(Buffer.from(token, 'hex'))] : [])];
      known.set(token, within);
    }
    found.push(...within);
  }
  return found.filter((one) => one !== '');
}

/** The same names of members and cursors come again and again. */
const known = new Map<string, readonly string[]>();

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function percent(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    return escaped;
  }
}

/** Bytes that are text, at least in good part; otherwise nothing. */
function readable(bytes: Buffer): string {
  const runs = bytes.toString('utf8').match(/[\p{L}\p{N}\p{P}\p{Zs}+=<>|$^~`]{4,}/gu) ?? [];
  return runs.join('\n');
}
