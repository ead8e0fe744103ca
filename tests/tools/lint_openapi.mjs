// Reads an OpenAPI description from standard input, prints what Redocly's recommended rules find; status 1 if anything is an error.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { readFileSync } from 'node:fs';

const config = await createConfig({ extends: ['recommended'] });
const problems = await lintFromString({ source: readFileSync(0, 'utf8'), absoluteRef: 'openapi.json', config });
for (const p of problems) console.log(`${p.severity}: ${p.ruleId}: ${p.message} at ${p.location?.[0]?.pointer}`);
process.exit(problems.some((p) => p.severity === 'error') ? 1 : 0);
