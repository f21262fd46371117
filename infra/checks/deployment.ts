import { loadConfig } from '../../shared/config/config.js';
import type { Deployed } from './deployment-files.js';

/** Roles that a real part stands for. */
const REPLACED = ['event-store'];

/** Every fault of what one set of files would run, a line each. `routes`: what a role answers without being signed in to. */
export function deploymentFaults(deployed: readonly Deployed[], { roles, routes }: { readonly roles: readonly string[]; readonly routes: readonly string[] }): string[] {
  const ran = deployed.filter(({ image }) => image.startsWith('passbook:'));
  const roleOf = ({ words }: Deployed): string => (words[0] === 'role' ? words[1] ?? '' : '');
  return [
    ...roles.filter((role) => !REPLACED.includes(role) && !ran.some((one) => roleOf(one) === role)).map((role) => `the role ${role} is not run`),
    ...ran.filter((one) => !roles.includes(roleOf(one))).map(({ where, words }) => `${where}: there is no role ${words.join(' ')}`),
    ...deployed.flatMap((one) => [
      ...(isPinned(one.image) ? [] : [`${one.where}: ${one.image} names no version`]),
      ...one.hardened.map((what) => `${one.where}: lacks ${what}`),
      ...one.inClear.filter((name) => /PASSWORD|SECRET|TOKEN|_URL$/.test(name)).map((name) => `${one.where}: ${name} stands in clear`),
    ]),
    ...ran.flatMap((one) => roleFaults(one, roleOf(one), routes).map((fault) => `${one.where}: ${fault}`)),
  ];
}

const isPinned = (image: string): boolean => /^[\w./-]+:\d+\.\d+[\w.-]*$/.test(image);

/** The configuration is read as the role would read it: an unknown variable is a fault of it, and so is a part in plain text. */
function roleFaults({ environment, probes }: Deployed, role: string, routes: readonly string[]): string[] {
  try {
    const config = loadConfig(environment);
    const port = role === 'api' ? config.httpPort : config.statusPort;
    return [
      ...(['tls', 'eventStoreUrl', 'postgresUrl', 'kafkaBrokers', 'redisUrl'] as const).filter((key) => config[key] === undefined).map((key) => `${key} is not told`),
      ...(['bootstrapToken', 'demonstration'] as const).filter((key) => config[key] !== undefined).map((key) => `${key} is told`),
      ...(probes.length === 0 ? ['nothing asks after its health'] : []),
      ...probes.filter((probe) => probe.port !== port || !probe.tls || !routes.includes(probe.path)).map((probe) => `${probe.tls ? 'https' : 'http'} :${probe.port}${probe.path} is not where it answers`),
    ];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1).map((line) => line.trim());
  }
}
