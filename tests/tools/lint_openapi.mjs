// Reads an OpenAPI description from standard input, prints what Redocly's recommended rules and Spectral's rules for OpenAPI
// find; status 1 if anything is an error.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// Spectral's packages are CommonJS.
const require = createRequire(import.meta.url);
const { Spectral, Document } = require('@stoplight/spectral-core');
const { oas } = require('@stoplight/spectral-rulesets');
const Parsers = require('@stoplight/spectral-parsers');

const source = readFileSync(0, 'utf8');
const config = await createConfig({ extends: ['recommended'] });
const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config });
for (const p of problems) console.log(`${p.severity}: ${p.ruleId}: ${p.message} at ${p.location?.[0]?.pointer}`);

const spectral = new Spectral();
spectral.setRuleset({ extends: [[oas, 'recommended']], rules: { 'info-contact': 'off' } });
const found = await spectral.run(new Document(source, Parsers.Json, 'openapi.json'));
for (const p of found) console.log(`${['error', 'warning', 'info', 'hint'][p.severity]}: ${p.code}: ${p.message} at ${p.path.join('/')}`);
process.exit(problems.some((p) => p.severity === 'error') || found.some((p) => p.severity === 0) ? 1 : 0);
