import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Way } from '../../../shared/events/alerting/events.js';
import type { Severity } from '../../../shared/events/risk/values.js';
import { syncFolder } from '../../../shared/files/sync-folder.js';

/** What somebody of staff is told of an alert. Whoever carries it may be outside the bank: nothing of the customer is in it. */
export interface AlertMessage {
  /** Always the same for one alert, person and way: by it a carrier knows what comes again. */
  readonly id: string;
  /** Of staff. */
  readonly to: string;
  readonly by: Way;
  readonly subject: string;
  readonly text: string;
}

/** The port: resolves once it is somebody else's to carry; the same one may come again. */
export type SendMessage = (message: AlertMessage) => Promise<void>;

/** Case, kind and severity, in both languages; everything else is seen signed in, as far as one's rights go. */
export function textOf({ case: caseId, kind, severity }: { readonly case: string; readonly kind: string; readonly severity: Severity }): Pick<AlertMessage, 'subject' | 'text'> {
  return {
    subject: `Risk alert / 风险预警: ${kind} (${severity})`,
    text: `A risk alert has come.\nCase: ${caseId}\nKind: ${kind}\nSeverity: ${severity}\nSign in to the bank to see it.\n\n有新的风险预警。\n案件：${caseId}\n类型：${kind}\n级别：${IN_CHINESE[severity]}\n请登录银行系统查看。\n`,
  };
}
const IN_CHINESE: Readonly<Record<Severity, string>> = { low: '低', medium: '中', high: '高', critical: '严重' };

/** A folder that only its owner can read: a file for each message, `<way>-<id>.json`, whole or not there. What comes again replaces itself; what a killed process left unfinished goes with the first. */
export function spoolFolder(folder: string): SendMessage {
  let isCleared = false;
  return async (message) => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (!isCleared) for (const name of await readdir(folder)) if (name.endsWith('.part')) await rm(join(folder, name), { force: true });
    isCleared = true;
    const whole = join(folder, `${message.by}-${message.id}.json`);
    const unfinished = `${whole}.${randomUUID()}.part`;
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(message)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, whole);
    await syncFolder(folder);
  };
}
