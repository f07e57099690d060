/** Holds sources against the table of rules.ts. Gives findings, one line each; no finding is a pass. */
import ts from "typescript";
import {
  cyclesOf,
  type Import,
  importGraph,
  importsOf,
  isRelative,
  lineOf,
  parseSource,
  resolveImport,
  type Sources,
} from "./imports.js";
import {
  BACKENDS,
  COMMON,
  INDEX_IMPORTERS,
  LONG_TABLES,
  MAX_LINES,
  PLATFORM_PLACES,
  PRIMITIVES_ROOM,
  type Row,
  TABLE,
} from "./rules.js";

const stemOf = (file: string): string => file.replace(/\.tsx?$/, "");

/** Whether `stem` is `target` or lies in it; `*` in `target` is one segment. */
export function fits(stem: string, target: string): boolean {
  const wanted = target.split("/");
  const given = stem.split("/");
  return wanted.length <= given.length && wanted.every((segment, i) => segment === "*" || segment === given[i]);
}

/** The row of the longest folder that holds `file`. */
export function rowOf(file: string): Row | undefined {
  const stem = stemOf(file);
  return TABLE.filter(({ room }) => fits(stem, room)).sort((a, b) => b.room.length - a.room.length)[0];
}

/** Chip or terminal side, by file or folder name: `access/bac/chip.ts`, `gp/terminal/session.ts`, the room `chip`. */
function roleOf(stem: string): "chip" | "terminal" | "shared" | undefined {
  return stem
    .split("/")
    .reverse()
    .find((segment) => segment === "chip" || segment === "terminal" || segment === "shared") as
    | "chip"
    | "terminal"
    | "shared"
    | undefined;
}

const isRoomIndex = (stem: string): boolean => stem.endsWith("/index");

/** `access/bac` is a unit of its own; elsewhere the room is. */
const unitOf = (stem: string): string => {
  const segments = stem.split("/");
  return segments[0] === "access" && segments.length > 2 ? segments.slice(0, 2).join("/") : (rowOf(stem)?.room ?? "");
};

function checkTarget({ typeOnly }: Import, from: string, to: string): string[] {
  const findings: string[] = [];
  const row = rowOf(from);
  const target = rowOf(to);
  if (row === undefined) return ["its folder has no row in the import table"];
  if (target === undefined) return [`imports ${to}, whose folder has no row in the import table`];

  if (isRoomIndex(to) && !INDEX_IMPORTERS.includes(row.room))
    findings.push(`imports ${to}: only index, testing and cli import an index.ts`);
  if (BACKENDS.includes(to)) findings.push(`imports the backend ${to} by path; import "#primitives"`);
  const [fromRole, toRole] = [roleOf(from), roleOf(to)];
  const oppositeRoles =
    (fromRole === "chip" && toRole === "terminal") || (fromRole === "terminal" && toRole === "chip");
  if (oppositeRoles) findings.push(`is the ${fromRole} side and imports ${to}, the ${toRole} side`);
  if (fromRole === "shared" && (toRole === "chip" || toRole === "terminal")) {
    findings.push(`is shared and imports ${to}, which is one side`);
  }

  const indexOfAccess = from === "access/index" && target.room.startsWith("access");
  const ownRoom = row.room === target.room && unitOf(from) === unitOf(to);
  // files directly in access/ (the kinds of access keys) belong to every protocol there
  const accessCommon = unitOf(from).startsWith("access/") && unitOf(to) === "access";
  if (ownRoom || indexOfAccess || accessCommon || COMMON.includes(target.room)) return findings;
  // "pki" does not include "pki/issue", which has a row of its own and must be asked for by its own name
  const tooWide = (entry: string) => !entry.includes("*") && target.room !== entry && fits(target.room, entry);
  const allowed = (entries: readonly string[]) => entries.some((entry) => fits(to, entry) && !tooWide(entry));
  if (allowed(row.may)) return findings;
  if (allowed(row.mayTypes ?? [])) {
    return typeOnly ? findings : [...findings, `imports values of ${to}; the table allows ${row.room} its types only`];
  }
  return [...findings, `imports ${to}; the table allows ${row.room} only: ${row.may.join(", ") || "nothing"}`];
}

function checkPackage({ specifier }: Import, from: string): string[] {
  const row = rowOf(from);
  if (specifier === "#primitives") {
    return row?.room === PRIMITIVES_ROOM ? [] : [`imports #primitives; only ${PRIMITIVES_ROOM} does`];
  }
  if (specifier.startsWith("node:")) {
    return isPlatformPlace(from) ? [] : [`imports ${specifier} outside ${PLATFORM_PLACES.join(", ")}`];
  }
  const segments = specifier.split("/");
  const name = specifier.startsWith("@") ? segments.slice(0, 2).join("/") : segments[0];
  const known = (row?.packages ?? []).some((wanted) => wanted === name || wanted === `${segments[0]}/*`);
  return known ? [] : [`imports the package ${specifier}; the table does not give it to ${row?.room ?? "this folder"}`];
}

const isPlatformPlace = (stem: string): boolean => PLATFORM_PLACES.some((place) => fits(stem, place));

const PLATFORM_GLOBALS = new Set(["Buffer", "process", "console", "NodeJS", "require", "__dirname", "__filename"]);

/** Whether an identifier stands for a variable, not for the name of a member, a key or a label. */
function isFreeName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node || isGlobalThis(parent.expression);
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isBindingElement(parent)) return parent.propertyName !== node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return false;
  const isMember =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isAccessor(parent) ||
    ts.isJsxAttribute(parent);
  return !isMember || parent.name !== node;
}

const isGlobalThis = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === "globalThis";

const isNamed = (node: ts.Node, object: string, member: string): boolean =>
  ts.isPropertyAccessExpression(node) &&
  node.name.text === member &&
  (ts.isIdentifier(node.expression)
    ? node.expression.text === object
    : ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === object);

function platformNames(source: ts.SourceFile): { line: number; name: string }[] {
  const found: { line: number; name: string }[] = [];
  const visit = (node: ts.Node): void => {
    let name: string | undefined;
    if (ts.isIdentifier(node) && PLATFORM_GLOBALS.has(node.text) && isFreeName(node)) name = node.text;
    else if (isNamed(node, "Date", "now")) name = "Date.now";
    else if (isNamed(node, "Math", "random")) name = "Math.random";
    else if (isNamed(node, "performance", "now")) name = "performance.now";
    else if (
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      ts.isIdentifier(node.expression) &&
      node.expression.text === "Date" &&
      (ts.isCallExpression(node) || (node.arguments ?? []).length === 0)
    ) {
      name = "new Date() without an argument";
    }
    if (name !== undefined) found.push({ line: lineOf(source, node), name });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Every breach of the house plan in `sources`, as `file:line what`. */
export function checkArchitecture(sources: Sources): string[] {
  const findings: string[] = [];
  for (const [file, text] of sources) {
    const source = parseSource(file, text);
    const stem = stemOf(file);
    for (const found of importsOf(file, source)) {
      const say = (what: string) => findings.push(`${file}:${found.line} ${what}`);
      if (!isRelative(found.specifier)) {
        for (const what of checkPackage(found, stem)) say(what);
        continue;
      }
      const target = resolveImport(sources, found);
      if (target === undefined) say(`imports ${found.specifier}, which is no file of src/ (the suffix is .js)`);
      else for (const what of checkTarget(found, stem, stemOf(target))) say(what);
    }
    if (!isPlatformPlace(stem)) {
      for (const { line, name } of platformNames(source)) findings.push(`${file}:${line} names the platform: ${name}`);
    }
    const lines = text.split("\n").length - 1;
    if (lines > MAX_LINES && !(file in LONG_TABLES)) {
      findings.push(`${file} has ${lines} lines, more than ${MAX_LINES}: two subjects?`);
    }
  }
  for (const file of Object.keys(LONG_TABLES)) {
    if (!sources.has(file)) findings.push(`${file} is exempt from the limit of lines but does not exist`);
  }
  for (const cycle of cyclesOf(importGraph(sources))) {
    findings.push(`${cycle[0]} lies on a cycle: ${[...cycle, cycle[0]].join(" -> ")}`);
  }
  return findings;
}
