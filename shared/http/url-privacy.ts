const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LOGGABLE = new Set(['after', 'asOf', 'bookedAsOf', 'limit', 'sort', 'order', 'kind', 'status', 'branch']);

/**
 * The URL as it may be logged: the route's template with those parameters that are ids, and of the query the names; a query value is shown
 * only where its parameter is known to identify nobody.
 */
export function loggableUrl(template: string, params: unknown, url: string): string {
  const path = template.replace(/:([A-Za-z]+)/g, (whole, name: string) => {
    const value = (params as Record<string, unknown> | undefined)?.[name];
    return typeof value === 'string' && UUID.test(value) ? value : whole;
  });
  const at = url.indexOf('?');
  if (at < 0) return path;
  const shown = url.slice(at + 1).split('&').map((pair) => {
    const [name = ''] = pair.split('=', 1);
    return LOGGABLE.has(name) ? pair : `${/^[A-Za-z.]{1,40}$/.test(name) ? name : '…'}=…`;
  });
  return `${path}?${shown.join('&')}`;
}
