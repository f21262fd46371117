import { writeFileSync } from 'node:fs';
import { mappingJsonSchema } from './mapping-json-schema.js';

/** `node dist/infra/import/write-mapping-schema.js <file>`: writes the published JSON Schema of mappings. */
writeFileSync(process.argv[2]!, mappingJsonSchema());
