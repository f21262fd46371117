import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asyncApiOf } from '../shared/event-bus/asyncapi.js';
import { configurationPage } from '../shared/config/page.js';
import { schemaFiles, schemaText } from '../shared/events/json-schemas.js';
import { allEvents } from '../shared/events/registry.js';
import { ruleJsonSchema } from '../shared/rules/rule-json-schema.js';
import { breaches, extended, PUBLISHED, publishedThings } from './checks/published-contract.js';
import { errorsDocument } from './errors-doc.js';
import { mappingJsonSchema } from './import/mapping-json-schema.js';
import { portableJsonSchema } from './roles/portable-schema.js';

/** `npm run schemas`: writes what is generated from the program and committed; tests compare. Run in the checkout. */
const folder = join('shared', 'events', 'schemas');
rmSync(folder, { recursive: true, force: true });
for (const [path, schema] of schemaFiles(allEvents)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), schemaText(schema));
}
writeFileSync(join('docs', 'configuration.md'), configurationPage());
writeFileSync(join('docs', 'errors.md'), errorsDocument());
writeFileSync(join('infra', 'import', 'mapping.schema.json'), mappingJsonSchema());
writeFileSync(join('infra', 'roles', 'portable-data.schema.json'), portableJsonSchema());
writeFileSync(join('shared', 'rules', 'rule.schema.json'), ruleJsonSchema());
const document = asyncApiOf(allEvents);
writeFileSync(join('docs', 'asyncapi.json'), `${JSON.stringify(document, null, 2)}\n`);

const things = publishedThings({ schemas: schemaFiles(allEvents), document });
const published = extended(existsSync(PUBLISHED) ? readFileSync(PUBLISHED, 'utf8') : '', things);
writeFileSync(PUBLISHED, published);
const broken = breaches(published, things);
if (broken.length > 0) throw new Error(broken.join('\n'));
