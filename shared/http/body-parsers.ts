import { Refusal } from './context.js';
import type { HttpServer } from './route-module.js';
import { parseStrictJson } from './strict-json.js';

/** JSON only, read strictly, in UTF-8 and not compressed; everything else is 415. */
export function addBodyParsers(server: HttpServer): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(['application/json', 'application/merge-patch+json'], { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /;\s*charset="?([^";\s]+)"?/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) return done(new Refusal({ code: 'media_type_unsupported', detail: 'the body must be in UTF-8' }), undefined);
    const encoding = request.headers['content-encoding'];
    if (encoding !== undefined && !/^identity$/i.test(encoding)) return done(new Refusal({ code: 'media_type_unsupported', detail: 'the body must not be compressed' }), undefined);
    try {
      done(null, parseStrictJson(body as Buffer));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}
