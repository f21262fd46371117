import { Redis } from 'ioredis';

/** Everything that a Redis holds, as its dump writes it and as its readers get it: each key with its value. */
export async function wholeContent(url: string): Promise<Buffer[]> {
  const redis = new Redis(url);
  const all: Buffer[] = [];
  try {
    for (let cursor = '0', first = true; first || cursor !== '0'; first = false) {
      const [next, keys] = await redis.scanBuffer(cursor, 'COUNT', 1_000);
      cursor = next.toString();
      for (const key of keys) {
        all.push(key, (await redis.dumpBuffer(key)) ?? Buffer.alloc(0));
        if ((await redis.type(key)) === 'string') all.push((await redis.getBuffer(key)) ?? Buffer.alloc(0));
        if ((await redis.type(key)) === 'hash') all.push(...Object.values(await redis.hgetallBuffer(key)));
      }
    }
    return all;
  } finally {
    redis.disconnect();
  }
}
