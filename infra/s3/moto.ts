import path from 'node:path';
import { keptPorts } from '../processes/loopback-ports.js';
import { startPart, type PartOptions, type RunningPart } from '../processes/running-part.js';
import { pythonWith } from '../python-environment.js';
import { checkoutRoot } from '../checkout.js';

/** For tests: the S3 of moto, which keeps everything in memory and asks nobody who they are. `endpoint` is on 127.0.0.1. @throws NoPython, PartFailure */
export async function startMoto(options: PartOptions): Promise<RunningPart & { readonly endpoint: string }> {
  const python = await pythonWith(path.join(checkoutRoot, 'infra', 's3', 'requirements.txt'));
  return startPart('S3', options, async (dataDir) => {
    const [port] = await keptPorts(path.join(dataDir, 'ports.json'), 1) as [number];
    const endpoint = `http://127.0.0.1:${port}`;
    return {
      address: { endpoint },
      command: python,
      args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
      ladder: [['SIGTERM', 5_000], ['SIGKILL', 5_000]],
      readyWithinMs: 60_000,
      isReady: () => fetch(endpoint).then(({ ok }) => ok, () => false),
    };
  });
}
