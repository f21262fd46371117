import { askAt } from './exchange.js';

/** Of the access token that is good now; `path`: of the door it came from. */
export interface Session {
  readonly path: '/v1' | '/v1/my';
  authorization: string;
  refreshToken: string;
}

/** Whoever was suspended or signed out stays out. */
export async function renew(url: string, session: Session): Promise<void> {
  const answer = await askAt(url, {})({ method: 'POST', path: `${session.path}/sessions/refresh`, body: { refreshToken: session.refreshToken } });
  if (answer.status !== 200) return;
  const { accessToken, refreshToken } = answer.body as { accessToken: string; refreshToken: string };
  Object.assign(session, { authorization: `Bearer ${accessToken}`, refreshToken });
}
