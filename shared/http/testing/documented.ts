import { Ajv2020 } from 'ajv/dist/2020.js';
import type { InjectOptions, LightMyRequestResponse as Response } from 'fastify';
import type { HttpServer } from '../route-module.js';

interface Media { readonly schema?: object; readonly examples?: object }
interface Declared { readonly $ref?: string; readonly headers?: object; readonly content?: Readonly<Record<string, Media>> }
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Declared>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Declared>> };
}

/** The same server, whose every injected request and answer is held against /openapi.json: what is not documented so fails the test that sent it. */
export function documented(server: HttpServer): HttpServer {
  const document = server.swagger() as unknown as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).addSchema(document, 'openapi');
  const inject = server.inject.bind(server);
  const check = async (request: string | InjectOptions): Promise<Response> => {
    const answer = await inject(request);
    const faults = faultsOf(document, ajv, typeof request === 'string' ? { url: request } : request, answer);
    if (faults.length > 0) throw new Error(`not as documented: ${answer.raw.req.method} ${answer.raw.req.url} -> ${answer.statusCode}: ${faults.join('; ')}\n${answer.body}`);
    return answer;
  };
  return Object.assign(server, { inject: check });
}

function faultsOf(document: Document, ajv: Ajv2020, request: InjectOptions, answer: Response): string[] {
  const method = answer.raw.req.method!.toLowerCase();
  const [path = '', query = ''] = answer.raw.req.url!.split('?');
  const fitting = Object.keys(document.paths).filter((template) => new RegExp(`^${template.replace(/\{[A-Za-z]+\}/g, '[^/]+')}$`).test(path));
  const template = fitting.sort((a, b) => a.split('{').length - b.split('{').length)[0];
  const operation = template === undefined ? undefined : document.paths[template]![method];
  if (method === 'head' || /^\/(docs|openapi\.json)/.test(path)) return [];
  const violates = (pointer: readonly string[], value: unknown): string[] => {
    const validate = ajv.getSchema(`openapi#/${pointer.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`)!;
    return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
  };
  if (template === undefined || operation === undefined)
    return answer.statusCode < 400 ? ['there is no such operation'] : violates(['components', 'schemas', 'Problem'], answer.json());

  const stands = operation.responses[answer.statusCode];
  if (!stands) return ['no such status'];
  const shared = stands.$ref?.split('/').at(-1);
  const declared = shared === undefined ? stands : document.components.responses[shared]!;
  const contentType = String(answer.headers['content-type']).split(';', 1)[0]!;
  const media = declared.content?.[contentType];
  if (!media) return [`no such content type: ${contentType}`];
  const place = shared === undefined ? ['paths', template, method, 'responses', String(answer.statusCode)] : ['components', 'responses', shared];
  const value: unknown = contentType.endsWith('json') ? answer.json() : answer.body;
  return [
    ...violates([...place, 'content', contentType, 'schema'], value),
    ...(media.examples && !((value as { code: string }).code in media.examples) ? ['no such code'] : []),
    ...headerFaults(declared, answer),
    ...(answer.statusCode < 300 ? requestFaults(operation, template, method, query, request, violates) : []),
  ];
}

const TOLD = ['ETag', 'Location', 'Retry-After', 'WWW-Authenticate'];

function headerFaults(declared: Declared, { headers, statusCode }: Response): string[] {
  const known = Object.keys(declared.headers ?? {});
  return [
    ...TOLD.filter((name) => headers[name.toLowerCase()] !== undefined && !known.includes(name)).map((name) => `${name} is sent and not documented`),
    ...(statusCode === 201 ? known : []).filter((name) => headers[name.toLowerCase()] === undefined).map((name) => `${name} is documented and not sent`),
  ];
}

/** What was taken must have been allowed. */
function requestFaults(
  { parameters = [], requestBody }: Operation, template: string, method: string, query: string, { headers = {}, payload }: InjectOptions, violates: (pointer: readonly string[], value: unknown) => string[],
): string[] {
  const sent = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const asked = [...new URLSearchParams(query).keys()];
  const sentType = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const type = String(sentType ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase();
  // A file is not looked into: that its type is documented is all.
  const isJson = type.endsWith('json');
  const body: unknown = typeof payload === 'string' && isJson ? JSON.parse(payload) : payload;
  return [
    ...asked.filter((name) => !parameters.some((parameter) => parameter.in === 'query' && parameter.name === name)).map((name) => `?${name} is taken and not documented`),
    ...parameters.filter((parameter) => parameter.in === 'header' && parameter.required && !sent.has(parameter.name.toLowerCase())).map(({ name }) => `${name} is documented as required`),
    ...(body === undefined && requestBody?.required ? ['the body is documented as required'] : []),
    ...(body !== undefined && requestBody && !isJson && !(type in requestBody.content) ? [`a body of ${type} is taken and not documented`] : []),
    ...(body !== undefined && requestBody && isJson ? violates(['paths', template, method, 'requestBody', 'content', 'application/json', 'schema'], body) : []),
  ];
}
