// Each Kubernetes object of the files (or standard input) against the schema of its kind: check_objects.mjs FILE...
// Kinds of other projects than Kubernetes and the Prometheus operator are counted, and skipped by name.
import { readFileSync } from "node:fs";
import { loadAll } from "js-yaml";

// The packages' own addresses: the group, or for the core "v1", then version and kind.
const pathOf = object => `${object.apiVersion}/${object.kind}`;

async function classOf(object) {
  for (const name of ["kubernetes-models", "@kubernetes-models/prometheus-operator"])
    try {
      return (await import(`${name}/${pathOf(object)}`))[object.kind];
    } catch (e) {
      if (!["ERR_MODULE_NOT_FOUND", "ERR_PACKAGE_PATH_NOT_EXPORTED"].includes(e.code))
        throw e;
    }
  return null;
}

let good = 0, bad = 0;
for (const file of process.argv.slice(2).length ? process.argv.slice(2) : ["/dev/stdin"])
  for (const object of loadAll(readFileSync(file, "utf8"))) {
    if (!object)
      continue;
    const name = `${file}: ${pathOf(object)} ${object.metadata?.name ?? ""}`;
    const Kind = await classOf(object);
    if (!Kind) {
      console.log(`${name}: no schema, skipped`);
      continue;
    }
    try {
      new Kind(object).validate();
      good++;
    } catch (e) {
      bad++;
      console.log(`${name}: ${e.message}`);
    }
  }
console.log(`${good} objects valid, ${bad} not`);
process.exit(bad || !good ? 1 : 0);
