import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** One project per crypto backend: the same tests, run against the sources. */
const backend = (name: "node" | "noble") => ({
  extends: true as const,
  resolve: {
    alias: { "#primitives": fileURLToPath(new URL(`./src/crypto/primitives-${name}.ts`, import.meta.url)) },
  },
  test: {
    name,
    include: ["test/**/*.test.ts"],
    exclude: ["test/interop/**", "**/node_modules/**"],
    env: { EXPECT_BACKEND: name },
    testTimeout: 30_000,
  },
});

export default defineConfig({
  test: {
    projects: [backend("node"), backend("noble")],
    coverage: { provider: "v8", include: ["src/**"], reporter: ["text-summary", "json-summary"] },
  },
});
