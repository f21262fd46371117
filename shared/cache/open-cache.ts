import type { Logger } from 'pino';
import { createInProcessCache } from './in-process.js';
import type { Cache } from './port.js';
import { createRedisCache } from './redis.js';

/** Redis where a URL is given, else the cache within the process. Never waits: until Redis is reached every answer is a miss. */
export const openCache = ({ url, ...options }: { readonly url?: string; readonly logger: Logger; readonly bypassed?: () => void }): Cache =>
  url === undefined ? createInProcessCache() : createRedisCache({ url, ...options });
