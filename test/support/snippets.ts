/**
 * Finds the examples of the documentation and makes runnable modules of them.
 *
 * The rules, also in CONTRIBUTING.md:
 * - ```js and ```ts blocks of README.md and docs/*.md are run, each on its own; `no-run` after the language leaves one
 *   out, `continue` appends one to the block before it. Other languages are not run.
 * - An `@example` of a doc comment in src/ is run when it has an `import`. One without is a fragment: it must parse, and
 *   every function it calls must be declared in it, exported somewhere in src/, or belong to JavaScript.
 * - `// => text` after a top-level statement, on its line or the next, is checked against the value of the expression,
 *   of the argument of `console.log`, or of the one constant declared; `// throws NAME` expects an error of that name or
 *   code.
 */
import ts from "typescript";

export interface Snippet {
  /** Where it stands, `README.md:12`. */
  readonly where: string;
  readonly language: "js" | "ts";
  readonly code: string;
}

/** The blocks of a Markdown file that are run. */
export function markdownSnippets(file: string, text: string): Snippet[] {
  const snippets: Snippet[] = [];
  let open: { language: string; words: string[]; line: number; body: string[]; fence: string } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^\s*(`{3,})\s*(\S*)\s*(.*)$/.exec(line);
    if (open === undefined) {
      if (fence === null) continue;
      const [, ticks = "", language = "", rest = ""] = fence;
      open = { language, words: rest.trim().split(/\s+/), line: index + 1, body: [], fence: ticks };
      continue;
    }
    if (fence?.[2] !== "" || (fence[1] as string).length < open.fence.length) {
      open.body.push(line);
      continue;
    }
    const { language, words, body } = open;
    const where = `${file}:${open.line}`;
    open = undefined;
    if ((language !== "js" && language !== "ts") || words.includes("no-run")) continue;
    const code = body.join("\n");
    const before = words.includes("continue") ? snippets.pop() : undefined;
    snippets.push(before ? { ...before, code: `${before.code}\n${code}` } : { where, language, code });
  }
  if (open !== undefined) throw new Error(`${file}:${open.line} opens a code block that does not end`);
  return snippets;
}

/** The `@example` blocks of a source file's doc comments. */
export function exampleSnippets(file: string, text: string): Snippet[] {
  const snippets: Snippet[] = [];
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const first = text.slice(0, comment.index).split("\n").length;
    const lines = comment[0]
      .replace(/^\/\*\*[ \t]*/, "")
      .replace(/\s*\*\/$/, "")
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, ""));
    for (let i = 0; i < lines.length; i++) {
      const start = /^@example\b(.*)$/.exec(lines[i] as string);
      if (start === null) continue;
      const body: string[] = [];
      for (let j = i + 1; j < lines.length && !/^@[a-z]/i.test(lines[j] as string); j++) body.push(lines[j] as string);
      const fenced = /^\s*```(\w*)[^\n]*\n([\s\S]*?)\n?\s*```\s*$/.exec(body.join("\n").trim());
      const language = fenced?.[1] === "js" ? "js" : "ts";
      const code = (fenced?.[2] ?? body.join("\n")).trim();
      snippets.push({ where: `${file}:${first + i}`, language, code });
    }
  }
  return snippets;
}

export const isRunnable = ({ code }: Snippet): boolean => /^import\s/m.test(code);

const parse = ({ where, code }: Snippet): ts.SourceFile =>
  ts.createSourceFile(`${where}.ts`, code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);

/** The value a statement is about, where there is one. */
function subjectOf(statement: ts.Statement): { text: string; declares: boolean } | undefined {
  if (ts.isExpressionStatement(statement)) {
    const { expression } = statement;
    const isLog = ts.isCallExpression(expression) && expression.expression.getText() === "console.log";
    const subject = isLog ? expression.arguments[0] : expression;
    return subject && { text: subject.getText(), declares: false };
  }
  const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : undefined;
  const name = declared?.length === 1 ? declared[0]?.name : undefined;
  return name && { text: ts.isIdentifier(name) ? name.text : name.getText(), declares: true };
}

export interface Prepared {
  readonly code: string;
  /** How many `// =>` and `// throws` comments were turned into checks. */
  readonly checks: number;
}

/** The snippet with its comments turned into calls of `__check` and `__throws`, which the module imports itself. */
export function prepare(snippet: Snippet, checksModule: string): Prepared {
  const source = parse(snippet);
  let code = "";
  let at = 0;
  let checks = 0;
  for (const [index, statement] of source.statements.entries()) {
    const next = source.statements[index + 1]?.getStart() ?? snippet.code.length;
    const comment = /^[ \t]*(?:\r?\n[ \t]*)?\/\/ (=>|throws) (.*)$/m.exec(snippet.code.slice(statement.end, next));
    if (comment === null || comment.index !== 0) continue;
    const subject = subjectOf(statement);
    if (subject === undefined)
      throw new Error(`${snippet.where}: "// ${comment[1]}" stands after a statement without a value`);
    const expected = JSON.stringify((comment[2] as string).trim());
    const where = JSON.stringify(snippet.where);
    code += snippet.code.slice(at, statement.getStart());
    if (comment[1] === "throws")
      code += `await __throws(async () => { ${statement.getText()} }, ${expected}, ${where});`;
    else if (subject.declares) code += `${statement.getText()}\n__check(${subject.text}, ${expected}, ${where});`;
    else code += `__check((${subject.text}), ${expected}, ${where});`;
    at = statement.end;
    checks++;
  }
  code += snippet.code.slice(at);
  const written = snippet.code.match(/^[^\n]*\/\/ (?:=>|throws) /gm)?.length ?? 0;
  if (written !== checks) {
    throw new Error(
      `${snippet.where}: ${written} "// =>" or "// throws" comments, ${checks} follow a top-level statement`,
    );
  }
  const header = checks > 0 ? `import { __check, __throws } from ${JSON.stringify(checksModule)};\n` : "";
  return { code: `${header}${code}\nexport {};\n`, checks };
}

/** What is wrong with a fragment: it does not parse, or calls what neither it nor `known` has. */
export function faultsOfFragment(snippet: Snippet, known: ReadonlySet<string>): string[] {
  const source = parse(snippet);
  const { diagnostics = [] } = ts.transpileModule(snippet.code, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const faults = diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  const declared = new Set<string>();
  const called = new Set<string>();
  const visit = (node: ts.Node): void => {
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node)) && ts.isIdentifier(node.name))
      declared.add(node.name.text);
    if (ts.isFunctionDeclaration(node) && node.name) declared.add(node.name.text);
    if (ts.isBindingElement(node) && ts.isIdentifier(node.name)) declared.add(node.name.text);
    const isCall = ts.isCallExpression(node) || ts.isNewExpression(node);
    if (isCall && ts.isIdentifier(node.expression)) called.add(node.expression.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const name of called) {
    if (!declared.has(name) && !known.has(name) && !(name in globalThis))
      faults.push(`calls ${name}, which nothing exports`);
  }
  return faults;
}
