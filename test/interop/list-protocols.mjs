// node test/interop/list-protocols.mjs: docs/protocols.md on standard output; --write puts it in its place, --json gives the rows.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PROTOCOLS, vectorFilesOf } from "./protocols.mjs";

const HEAD = `# Protocols, and what proves each

Made by \`node test/interop/list-protocols.mjs --write\` from \`test/interop/protocols.mjs\`; do not edit.

Every row runs in both roles against each other in the tests, under both crypto backends (the portable one on a sample), which is
evidence about order and state only. What pins the formulas is in the columns: a published vector, run byte for byte in both roles;
a program that is not ours, run by \`npm run test:interop\`, with the role that it has; or neither, and then what is known of its parts.
\`npm run test:interop -- STEP\` runs one: libeac is at PACE in \`libeac\`, at chip authentication and sector identifiers in \`libeac-ca\`,
at terminal authentication in \`libeac-ta\`; cvc-create in \`cvc-chip\`, mrtdreader in \`pcsc\`, OpenSC's npa-tool in \`npa-tool\`.

`;

const COLUMNS = [
  ["Protocol", ({ protocol }) => protocol],
  ["Mapping", ({ keyAgreement, mapping }) => `${keyAgreement} ${mapping}`.trim()],
  ["Cipher", ({ cipher }) => cipher],
  ["Group", ({ group, parameterId }) => (group ? `${group} (${parameterId})` : "")],
  ["Published vector", ({ vector }) => vector],
  ["Program", ({ program }) => program],
  ["Neither: known parts", ({ parts }) => parts],
];

const line = (cells) => `| ${cells.join(" | ")} |`.replace(/\| {2}(?=\|)/g, "| ");
const table = [
  line(COLUMNS.map(([title]) => title)),
  line(COLUMNS.map(() => "---")),
  ...PROTOCOLS.map((row) => line(COLUMNS.map(([, cell]) => cell(row)))),
];
const text = `${HEAD}${table.join("\n")}\n`;

if (process.argv.includes("--json"))
  console.log(JSON.stringify(PROTOCOLS.map((row) => ({ ...row, files: vectorFilesOf(row.vector) }))));
else if (process.argv.includes("--write")) {
  writeFileSync(fileURLToPath(new URL("../../docs/protocols.md", import.meta.url)), text);
} else process.stdout.write(text);
