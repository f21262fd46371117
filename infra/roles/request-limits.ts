import { countsOfProcess } from '../../shared/cache/counts.js';
import { redisCounts } from '../../shared/cache/redis-counts.js';
import { watchBehaviour } from '../../shared/http/abnormal-behaviour.js';
import { bootstrapPrincipal } from '../../shared/http/authentication.js';
import { createRequestLimits, type RequestLimits } from '../../shared/http/request-limits.js';
import { readTls } from '../../shared/tls/tls-files.js';
import type { Access } from './access.js';
import type { Parts } from './parts.js';

const ASK_AGAIN_MS = 5_000;

/** As configured. The client that founds a bank is free of them while it is being founded (nobody administers it yet) or demonstrated. */
export function requestLimits(parts: Parts, { secret, isAdministered }: { readonly secret: Buffer; readonly isAdministered: Access['isAdministered'] }): RequestLimits {
  const { config, logger, metrics } = parts;
  const shared = parts.keep(config.redisUrl === undefined ? countsOfProcess() : redisCounts({ url: config.redisUrl, logger, ...(config.tls && { tls: readTls(config.tls) }) }), (counts) => counts.close());
  let founding: { readonly answer: Promise<boolean>; readonly askedAt: number } | undefined;
  const isFounding = async (): Promise<boolean> => {
    if (config.demonstration === 'yes') return true;
    if (founding === undefined || performance.now() - founding.askedAt > ASK_AGAIN_MS)
      founding = { answer: isAdministered().then((answer) => !answer, () => false), askedAt: performance.now() };
    return founding.answer;
  };
  return createRequestLimits({
    rates: config, shared, secret, metrics,
    behaviour: watchBehaviour({ blockAfter: config.blockAfter, shared, logger, metrics, secret }),
    isExempt: ({ id }) => (id === bootstrapPrincipal.id ? isFounding() : false),
  });
}
