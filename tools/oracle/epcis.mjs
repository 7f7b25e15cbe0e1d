// Holds EPCIS 2.0 documents against GS1's JSON schema with ajv.
//
//   {"path": "document.json"} or {"document": {…}} → {"valid": true} or {"valid": false, "errors": ["…"]}
import { readFile } from "node:fs/promises";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { serve } from "./lines.mjs";

const schema = JSON.parse(await readFile(new URL("node_modules/epcis-schema/EPCIS-JSON-Schema.json", import.meta.url)));
const ajv = new Ajv({ strict: false, allErrors: false });
addFormats(ajv, { mode: "full" });
const check = ajv.compile(schema);

await serve(async ({ path, document }) => {
  const valid = check(document ?? JSON.parse(await readFile(path)));
  return valid ? { valid } : { valid, errors: check.errors.slice(0, 20).map((e) => `${e.instancePath} ${e.message}`) };
});
