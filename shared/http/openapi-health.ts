/** health.ts in the documentation. */
const answer = (description: string, contentType: string, schema: object): object => ({ description, content: { [contentType]: { schema } } });
const readiness = {
  type: 'object', required: ['status', 'parts'],
  properties: { status: { enum: ['ready', 'not ready'] }, parts: { type: 'object', description: 'By part: ok, or what is the matter', additionalProperties: { type: 'string' } } },
};
const operation = (operationId: string, summary: string, responses: object): object => ({ get: { operationId, summary, tags: ['operations'], security: [], responses } });

export const healthPaths = {
  '/health/live': operation('getHealthLive', 'The process runs', {
    200: answer('OK', 'application/json', { type: 'object', required: ['status'], properties: { status: { const: 'live' } } }),
  }),
  '/health/ready': operation('getHealthReady', 'Commands and queries work', {
    200: answer('OK', 'application/json', readiness),
    503: answer('Something is away or behind', 'application/json', readiness),
  }),
  '/metrics': operation('getMetrics', 'Prometheus metrics', { 200: answer('OK', 'text/plain', { type: 'string' }) }),
};
