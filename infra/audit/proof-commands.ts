import { createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { headsFolder } from '../../services/notary/heads-folder.js';
import { readSigningKey } from '../../services/notary/signing-key.js';
import type { Config } from '../../shared/config/config.js';
import { parseVerifier, readCheckpoint, verifierOf, type Verifier } from '../../shared/merkle/checkpoint.js';
import { checkProof } from './proof-file.js';
import { NothingToProve, ProofFails, proveConsistency, proveInclusion, type ProofSources, type RecordName } from './prove.js';
import { complain, EXIT, print, withConfig, withRecords } from './shell.js';

/** What outsiders can check: prove, check-proof, notary-key, heads. */
export function addProofCommands(audit: Command): void {
  const prove = audit.command('prove').description('writes a proof that outsiders check with the bank\'s public key alone; it shows no other record');
  const making = (command: Command): Command => command.option('--out <file>', 'a file that does not exist yet; standard output where absent');
  const write = (proof: object, out: string | undefined): number => {
    const text = `${JSON.stringify(proof, null, 2)}\n`;
    if (out === undefined) process.stdout.write(text);
    else writeFileSync(out, text, { flag: 'wx' });
    return EXIT.clean;
  };
  const proving = (make: (sources: ProofSources) => Promise<object>, out: string | undefined): Promise<void> => withRecords(async (records) => {
    const verifier = await ownVerifier(records.config);
    if (!verifier) return complain(`no key at ${records.config.notaryKeyFile}: the notary has not run yet`, EXIT.absent);
    try {
      return write(await make({ log: records.log, opsPool: records.opsPool, heads: headsFolder(records.config.notaryHeadsDir), verifier }), out);
    } catch (error) {
      if (error instanceof NothingToProve) return complain(error.message, EXIT.absent);
      if (error instanceof ProofFails) return complain(error.message, EXIT.differences);
      throw error;
    }
  });
  making(prove.command('inclusion').description('that a record is in the log that was signed'))
    .argument('<record>', 'stream@revision, or its position in the log', parseRecord)
    .action((record: RecordName, { out }: { out?: string }) => proving((sources) => proveInclusion(sources, record), out));
  making(prove.command('consistency').description('that the log was only added to between two signed heads'))
    .argument('<older size>', 'of the older head', parseSize).argument('<newer size>', 'of the newer head', parseSize)
    .action((older: number, newer: number, { out }: { out?: string }) => proving((sources) => proveConsistency(sources, older, newer), out));

  audit.command('check-proof').description('checks a proof without the bank: needs no configuration, no database, no network')
    .argument('<file>', 'as "prove" wrote it')
    .requiredOption('--key <public key>', 'as "notary-key" prints it, had from the bank by a way you trust', parseKey)
    .option('--head <file>', 'a signed head that you have kept: the proof must be about that one')
    .action((file: string, { key, head }: { key: Verifier; head?: string }) => {
      const [proof, known] = [textOf(file), head === undefined ? undefined : textOf(head)];
      if (proof === undefined || (head !== undefined && known === undefined)) {
        process.exitCode = complain(`${proof === undefined ? file : head} cannot be read`, EXIT.usage);
        return;
      }
      const verdict = checkProof(proof, key, known);
      if (verdict.kind === 'proved') print(`proved: ${verdict.says}`);
      process.exitCode = verdict.kind === 'proved' ? EXIT.clean : complain(`not proved: ${verdict.why}`, EXIT.differences);
    });

  audit.command('notary-key').description('prints the public key that tree heads are signed with').action(() => withConfig(async (config) => {
    const verifier = await ownVerifier(config);
    if (!verifier) return complain(`no key at ${config.notaryKeyFile}: the notary has not run yet`, EXIT.absent);
    print(verifier.text);
    return EXIT.clean;
  }));
  audit.command('heads').description('lists the tree heads that were exported: number, events, root').action(() => withConfig(async (config) => {
    for await (const { number, note } of headsFolder(config.notaryHeadsDir).read(1)) {
      const head = readCheckpoint(note);
      print(`${number}  ${head?.size ?? 'damaged'}  ${head ? Buffer.from(head.root).toString('base64') : ''}`);
    }
    return EXIT.clean;
  }));
}

/** The public half of the key that lies here; undefined where there is none. */
export async function ownVerifier(config: Config): Promise<Verifier | undefined> {
  const key = await readSigningKey(config.notaryKeyFile);
  return key && verifierOf(config.notaryOrigin, createPublicKey(key));
}

export function parseKey(text: string): Verifier {
  const verifier = parseVerifier(text);
  if (!verifier) throw new InvalidArgumentError('must be a key as "audit notary-key" prints it: name+id+key');
  return verifier;
}

function parseRecord(text: string): RecordName {
  const [, stream, revision] = /^(\S+)@(\d{1,15})$/.exec(text) ?? [];
  if (stream !== undefined && revision !== undefined) return { stream, revision: BigInt(revision) };
  if (/^\d{1,19}$/.test(text)) return { position: BigInt(text) };
  throw new InvalidArgumentError('give stream@revision (ledger-0@42) or a log position (123456)');
}

function parseSize(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('must be a number of events');
  return Number(text);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
