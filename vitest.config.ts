import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { entry } from "./tsup.config.js";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Tests of the repository itself: the same under either backend, so they run once. */
const REPO_TESTS = ["architecture", "exports", "docs", "package", "vectors", "examples"].map(
  (name) => `test/${name}.test.ts`,
);

/**
 * Tests of rooms that import no cryptography, by the table in `test/architecture/rules.ts`, and of adapters, which are for Node: under one
 * backend is enough.
 */
const WITHOUT_CRYPTO = [
  ...["tlv", "asn1", "apdu", "biometric", "lds", "record", "card", "report", "cli", "testing", "adapters"].map(
    (room) => `test/${room}/**`,
  ),
];

/**
 * Tests of rooms that only put protocols together, whose formulas stand in rooms that run under both backends: under the other one a way
 * through each, and the laws of whole cards.
 */
const PUT_TOGETHER = [
  "test/inspect/!(read-card|read-proofs|version-2|validate-card).test.ts",
  "test/perso/!(personalize|sod-writer).test.ts",
  "test/chip/!(pace).test.ts",
];

/** Meddling with messages, which takes long in pure JavaScript: there with the laws. */
const MEDDLING = "test/access/{attacker,faults}.test.ts";

/** Laws without cryptography. */
const LAWS_WITHOUT_CRYPTO = ["test/property/{lds-strict,biometric-strict,memory}.test.ts"];

/**
 * One project per crypto backend: the same tests, run against the sources. The laws, which go through every byte and many random
 * cases, are projects of their own: `npm run test:laws`.
 */
const backend = (name: "node" | "noble", laws = false) => ({
  extends: true as const,
  resolve: { alias: { "#primitives": path(`./src/crypto/primitives-${name}.ts`) } },
  test: {
    name: laws ? `laws-${name}` : name,
    include: laws
      ? ["test/property/*.test.ts", ...(name === "noble" ? ["test/access/faults.test.ts"] : [])]
      : ["test/**/*.test.ts"],
    exclude: [
      ...(laws ? [] : [...REPO_TESTS, "test/property/**"]),
      ...(name === "noble" ? [...WITHOUT_CRYPTO, ...LAWS_WITHOUT_CRYPTO, ...PUT_TOGETHER] : []),
      ...(name === "noble" && !laws ? [MEDDLING] : []),
      "test/interop/**",
      "**/node_modules/**",
    ],
    env: { EXPECT_BACKEND: name },
    // Files share what they load: reading the sources anew for each of 270 files took a third of the time, and no test changes what
    // another sees. The laws weigh memory, so there each file is alone.
    isolate: laws,
    testTimeout: 30_000,
  },
});

/** `cardwright/x` as a user writes it, answered from the sources: what the snippets of the documentation import. */
const selfAliases = Object.entries(entry)
  .filter(([name]) => !name.startsWith("crypto/") && name !== "cli")
  .map(([name, source]) => ({
    find: name === "index" ? /^cardwright$/ : new RegExp(`^cardwright/${name}$`),
    replacement: path(source),
  }));

const repo = {
  extends: true as const,
  resolve: { alias: [{ find: "#primitives", replacement: path("./src/crypto/primitives-node.ts") }, ...selfAliases] },
  test: { name: "repo", include: REPO_TESTS, testTimeout: 120_000 },
};

export default defineConfig({
  test: {
    // Vitest leaves one core to itself, which on a machine of two is half of it.
    maxWorkers: "100%",
    projects: [backend("node"), backend("noble"), backend("node", true), backend("noble", true), repo],
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text-summary", "json-summary"] },
  },
});
