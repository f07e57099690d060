import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSources } from "./architecture/imports.js";
import { createProgram, ROOT } from "./support/program.js";
import { isWrittenAs } from "./support/snippet-checks.js";
import {
  exampleSnippets,
  faultsOfFragment,
  isRunnable,
  markdownSnippets,
  prepare,
  type Snippet,
} from "./support/snippets.js";

const CHECKS = "../support/snippet-checks.js";

/** Modules made of snippets, imported through vite so that `cardwright/x` is the source; gone after the test. */
const FOLDER = `${ROOT}test/.snippets/`;

const documents = ["README.md", ...readdirSync(`${ROOT}docs`).map((file) => `docs/${file}`)].filter(
  (file) => file.endsWith(".md") && existsSync(ROOT + file),
);
const sources = readSources(new URL("../src/", import.meta.url));
const examples = [...sources].flatMap(([file, text]) => exampleSnippets(`src/${file}`, text));
const runnable = [
  ...documents.flatMap((file) => markdownSnippets(file, readFileSync(ROOT + file, "utf8"))),
  ...examples.filter(isRunnable),
];
const moduleName = ({ where, language }: Snippet) => `${FOLDER}${where.replaceAll(/[^\w.-]/g, "_")}.${language}`;

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
});
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

describe("the snippets of the documentation", () => {
  it("are found", () => {
    expect(documents).toContain("README.md");
    expect(runnable.some(({ where }) => where.startsWith("README.md"))).toBe(true);
  });

  it.each(runnable.map((snippet) => [snippet.where, snippet] as const))("%s runs", async (_, snippet) => {
    const file = moduleName(snippet);
    writeFileSync(file, prepare(snippet, CHECKS).code);
    await import(/* @vite-ignore */ file);
  });

  it("fit the types", () => {
    const files = runnable
      .filter(({ language }) => language === "ts")
      .map((snippet) => {
        const file = `${moduleName(snippet).slice(0, -3)}.check.ts`;
        writeFileSync(file, `${snippet.code}\nexport {};\n`);
        return file;
      });
    const program = createProgram(files, { noUnusedLocals: false, noUnusedParameters: false });
    const faults = files
      .flatMap((file) => ts.getPreEmitDiagnostics(program, program.getSourceFile(file)))
      .map(
        ({ file, messageText }) =>
          `${file?.fileName.slice(FOLDER.length)}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
      );
    expect(faults).toEqual([]);
  });

  it("call in fragments what exists", () => {
    const known = new Set([...sources.values()].flatMap(exportedNames));
    const faults = examples
      .filter((snippet) => !isRunnable(snippet))
      .flatMap((snippet) => faultsOfFragment(snippet, known).map((fault) => `${snippet.where} ${fault}`));
    expect(faults).toEqual([]);
  });
});

const exportedNames = (text: string): string[] =>
  [...text.matchAll(/^export (?:declare |abstract |async )*(?:const|function\*?|class|interface|type) (\w+)/gm)].map(
    (match) => match[1] as string,
  );

describe("the reader of snippets", () => {
  const markdown = [
    "```js",
    'import { toHex } from "cardwright/bytes";',
    "toHex(Uint8Array.of(1)); // => 01",
    "```",
    "```js continue",
    "console.log(Uint8Array.of(0x61, 0x82));",
    "// => 6182",
    "const list = [1, 2]; // => [1,2]",
    "```",
    "```js no-run",
    "nonsense(",
    "```",
    "```sh",
    "npm test",
    "```",
    "````md",
    "```js",
    "```",
    "````",
  ].join("\n");

  it("takes js and ts, joins what continues, leaves out no-run, other languages and blocks in blocks", () => {
    const snippets = markdownSnippets("x.md", markdown);
    expect(snippets.map(({ where }) => where)).toEqual(["x.md:1"]);
    const { code, checks } = prepare(snippets[0] as Snippet, CHECKS);
    expect(checks).toBe(3);
    expect(code).toContain('__check((toHex(Uint8Array.of(1))), "01", "x.md:1")');
    expect(code).toContain('__check((Uint8Array.of(0x61, 0x82)), "6182", "x.md:1")');
    expect(code).toContain('__check(list, "[1,2]", "x.md:1")');
  });

  it.each<[string, string, RegExp]>([
    ["a wrong value", "const n = 1 + 1;\nn; // => 3", /documentation says 3, the code gives 2/],
    ["an error that does not come", "Number(1); // throws TypeError", /says it throws TypeError, but it does not/],
    ["another error", 'JSON.parse("{"); // throws TypeError', /but it throws SyntaxError/],
    ["code that fails", "null.x;", /null/],
    ["an unknown entry point", 'import { x } from "cardwright/nowhere";\nx;', /nowhere/],
  ])("fails on %s", async (name, code, message) => {
    const snippet: Snippet = { where: `self-test ${name}`, language: "js", code };
    const file = moduleName(snippet);
    writeFileSync(file, prepare(snippet, CHECKS).code);
    await expect(import(/* @vite-ignore */ file)).rejects.toThrow(message);
  });

  it("passes what is right", async () => {
    const code =
      'import { toHex } from "cardwright/bytes";\ntoHex(Uint8Array.of(1)); // => 01\nJSON.parse("{"); // throws SyntaxError';
    const file = moduleName({ where: "self-test right", language: "js", code });
    writeFileSync(file, prepare({ where: "self-test right", language: "js", code }, CHECKS).code);
    await import(/* @vite-ignore */ file);
  });

  it("refuses a comment that it would not check", () => {
    const inner = "for (const x of [1]) {\n  x; // => 2\n}";
    expect(() => prepare({ where: "x.md:1", language: "js", code: inner }, CHECKS)).toThrow(
      /follow a top-level statement/,
    );
    expect(() => markdownSnippets("x.md", "```js\n1;")).toThrow(/does not end/);
  });

  it("finds examples in doc comments, with and without a fence", () => {
    const text =
      '/**\n * One.\n * @example\n * const a = f(1);\n * @see x\n */\n/** @example\n * ```ts\n * import "x";\n * ```\n */';
    const found = exampleSnippets("src/x.ts", text);
    expect(found.map(({ where, code }) => [where, code])).toEqual([
      ["src/x.ts:3", "const a = f(1);"],
      ["src/x.ts:7", 'import "x";'],
    ]);
    expect(found.map(isRunnable)).toEqual([false, true]);
    expect(faultsOfFragment(found[0] as Snippet, new Set())).toEqual(["calls f, which nothing exports"]);
    expect(faultsOfFragment(found[0] as Snippet, new Set(["f"]))).toEqual([]);
    expect(faultsOfFragment({ where: "", language: "ts", code: "const = 1" }, new Set())).not.toEqual([]);
  });

  it("knows how values are written", () => {
    expect(isWrittenAs(Uint8Array.of(0x90, 0), "9000")).toBe(true);
    expect(isWrittenAs({ a: [Uint8Array.of(1)] }, '{"a":["01"]}')).toBe(true);
    expect(isWrittenAs({ a: 1 }, "{ a: 1 }")).toBe(true);
    expect(isWrittenAs("text", "text")).toBe(true);
    expect(isWrittenAs("text", "other")).toBe(false);
    expect(isWrittenAs(undefined, "null")).toBe(false);
  });
});
