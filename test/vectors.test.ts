import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./support/program.js";

const FOLDER = `${ROOT}test/vectors/`;
const ROW = /^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/;

/** Files that are about the vectors, not vectors. */
const ABOUT = ["INDEX.md", "README.md"];

const present = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter((item) => item.isFile())
  .map((item) => `${item.parentPath}/${item.name}`.slice(FOLDER.length).replace(/^\/+/, ""))
  .filter((file) => !ABOUT.includes(basename(file)))
  .sort();

const rows = readFileSync(`${FOLDER}INDEX.md`, "utf8")
  .split("\n")
  .map((line) => ROW.exec(line))
  .filter((match) => match !== null)
  .map((match) => ({ file: match[1], source: match[2], proves: match[3], licence: match[4] }));

describe("test/vectors/INDEX.md", () => {
  it("names every file there, once", () => {
    expect(present.length).toBeGreaterThan(0);
    expect(rows.map(({ file }) => file).sort()).toEqual(present);
  });

  it("says of each where it comes from, what it proves and under which licence", () => {
    for (const row of rows) {
      for (const [column, text] of Object.entries(row)) expect(text?.trim(), `${row.file}: ${column}`).toMatch(/\w/);
    }
  });
});

describe("the published package", () => {
  it("carries no vectors", () => {
    const { files } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { files: string[] };
    expect(files.filter((file) => !existsSync(`${ROOT}${file}`) && file !== "dist")).toEqual([]);
    expect(files.some((file) => file.startsWith("test") || file === "." || file.includes("*"))).toBe(false);
  });
});
