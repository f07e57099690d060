import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ValidationReport, Verdict } from "../../src/inspect/report.js";
import { type ReportedCard, type RunReport, renderRunReport } from "../../src/report/run-report.js";
import { STYLE } from "../../src/report/style.js";

const NASTY = `</style></title><script>alert(1)</script><img src=x onerror='a()'>"'&\u001b[2J\u202e`;

const validation = (verdict: Verdict, text = "Well-formed."): ValidationReport => ({
  format: "cardwright.validation.1",
  verdict,
  summary: `Summary: ${text}`,
  at: "2026-11-25T09:00:00.000Z",
  checks: [
    { id: "parse.EF.COM", status: "passed", path: "EF.COM", spec: "ICAO 9303-10 §4.6.1", message: text },
    {
      id: "hash.EF.DG1",
      status: verdict === "failed" ? "failed" : "notChecked",
      path: "EF.DG1",
      spec: "ICAO 9303-11 §5.1",
      message: text,
    },
  ],
  certificates: [],
});

const reported = (change: Partial<ReportedCard> = {}): ReportedCard => ({
  documentNumber: "C01X00047",
  nationalName: "سارا رستمی‌نژاد",
  latinName: "ROSTAMINEJAD, SARA",
  dateOfBirth: "1991-04-20",
  dateOfExpiry: "2036-11-04",
  notes: [],
  signer: "C=UT, CN=DS",
  timings: { encode: 1.25, sign: 2 },
  commands: 120,
  report: validation("passed"),
  ...change,
});

const runOf = (change: Partial<RunReport> = {}): RunReport => ({
  title: "Shift 1",
  madeAt: "2026-11-25T09:00:00.000Z",
  cards: [reported()],
  rejects: [],
  ...change,
});

const VOID = new Set(["meta", "img", "br", "link"]);

/** Elements of a page in order, with attributes and text; fails for tags that do not match. */
function parsePage(html: string): { name: string; attributes: Map<string, string>; text: string }[] {
  expect(html.startsWith("<!doctype html>\n<html")).toBe(true);
  const elements: { name: string; attributes: Map<string, string>; text: string }[] = [];
  const open: (typeof elements)[number][] = [];
  const token = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<]*")?)*)\s*\/?>|([^<]+)|(<)/g;
  for (const [, closing, name, attributes = "", text, stray] of html.replace("<!doctype html>", "").matchAll(token)) {
    expect(stray, "a < that begins no tag").toBeUndefined();
    if (text !== undefined) {
      const inner = open.at(-1);
      if (inner !== undefined) inner.text += text;
    } else if (closing === "/") {
      expect(open.pop()?.name).toBe(name);
    } else {
      const pairs = [...attributes.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)].map(
        ([, key, value]) => [key as string, value ?? ""] as const,
      );
      const element = {
        name: name as string,
        attributes: new Map(pairs),
        text: "",
      };
      elements.push(element);
      if (!VOID.has(element.name)) open.push(element);
    }
  }
  expect(open).toEqual([]);
  return elements;
}

const plainText = (text: string) =>
  text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");

describe("renderRunReport", () => {
  it("is one page of balanced tags with the facts of each card", () => {
    const elements = parsePage(renderRunReport(runOf()));
    const texts = elements.map(({ text }) => text.trim());
    for (const text of ["سارا رستمی‌نژاد", "ROSTAMINEJAD, SARA", "C01X00047", "1991-04-20", "2036-11-04", "Valid"]) {
      expect(texts).toContain(text);
    }
    expect(elements.find(({ name }) => name === "h2")?.attributes.get("dir")).toBe("auto");
    expect(texts.some((text) => text.includes("encode 1.3 ms · sign 2.0 ms"))).toBe(true);
    expect(texts.some((text) => text.includes("1 of 2 checks passed · 1 not checked"))).toBe(true);
  });

  it("forbids scripts and everything from elsewhere, and holds none", () => {
    const elements = parsePage(renderRunReport(runOf({ cards: [reported({ portrait: Uint8Array.of(0xff, 0xd8) })] })));
    const policy = elements.find(({ attributes }) => attributes.get("http-equiv") === "Content-Security-Policy");
    expect(plainText(policy?.attributes.get("content") ?? "")).toBe(
      "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
    );
    const names = new Set(elements.map(({ name }) => name));
    for (const name of ["script", "link", "iframe", "object", "form"]) expect(names).not.toContain(name);
    for (const { attributes } of elements) {
      for (const [name, value] of attributes) {
        expect(name).not.toMatch(/^on/);
        if (name === "src") expect(value).toMatch(/^data:image\/jpeg;base64,/);
        expect(value).not.toMatch(/https?:|javascript:/);
      }
    }
  });

  it("passes its own style through unchanged", () => {
    expect(renderRunReport(runOf())).toContain(`<style>${STYLE}</style>`);
    expect(STYLE).not.toMatch(/["'<&]/);
    expect(STYLE.replace(/[^{]/g, "").length).toBe(STYLE.replace(/[^}]/g, "").length);
  });

  it("shows portraits as they are", () => {
    const portrait = Uint8Array.from({ length: 400 }, (_, i) => i % 256);
    const elements = parsePage(renderRunReport(runOf({ cards: [reported({ portrait })] })));
    const src = elements.find(({ name }) => name === "img")?.attributes.get("src") ?? "";
    expect(new Uint8Array(Buffer.from(src.replace("data:image/jpeg;base64,", ""), "base64"))).toEqual(portrait);
  });

  it("escapes whatever a record, a card or a check says, in every place", () => {
    const card = reported({
      documentNumber: NASTY,
      nationalName: NASTY,
      latinName: NASTY,
      dateOfBirth: NASTY,
      dateOfExpiry: NASTY,
      portrait: Uint8Array.of(0xff, 0xd8),
      mrz: NASTY.padEnd(90, "<"),
      notes: [NASTY],
      signer: NASTY,
      timings: { [NASTY]: 1 },
      report: validation("failed", NASTY),
    });
    const rejects = [
      { label: NASTY, problems: [{ path: NASTY, message: NASTY, found: NASTY, allowed: NASTY }] },
      { label: "2", problems: [{ path: "", message: "only a message" }] },
    ];
    const html = renderRunReport({ title: NASTY, madeAt: NASTY, cards: [card], rejects });
    const elements = parsePage(html);
    const names = new Set(elements.map(({ name }) => name));
    expect(names).not.toContain("script");
    expect(elements.filter(({ name }) => name === "img")).toHaveLength(1);
    expect(elements.filter(({ name }) => name === "style")).toHaveLength(1);
    expect(html).not.toContain("\u001b");
    expect(html).not.toContain("\u202e");
    expect(html).toContain("\\u{1b}[2J\\u{202e}");
    const shown = elements.filter(({ text }) => plainText(text).includes("<script>alert(1)</script>"));
    expect(shown.length).toBeGreaterThan(12);
  });

  it("keeps its tags balanced whatever text comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const cards = [
          reported({ nationalName: text, latinName: text, notes: [text], report: validation("failed", text) }),
        ];
        const elements = parsePage(renderRunReport(runOf({ title: text, cards })));
        expect(new Set(elements.map(({ name }) => name))).not.toContain("script");
      }),
      { numRuns: 100 },
    );
  });

  it("puts cards that did not pass first, and shows what failed without a click", () => {
    const good = reported({ documentNumber: "GOOD" });
    const bad = reported({ documentNumber: "BAD", report: validation("failed", "Changed since it was signed.") });
    const open = reported({ documentNumber: "OPEN", report: validation("incomplete") });
    const html = renderRunReport(runOf({ cards: [good, open, bad] }));
    const sections = parsePage(html).filter(({ name }) => name === "section");
    expect(sections.map(({ attributes }) => [attributes.get("id"), attributes.get("class")])).toEqual([
      ["OPEN", "card incomplete"],
      ["BAD", "card failed"],
      ["GOOD", "card passed"],
    ]);
    expect(html).toContain("1 of 3");
    const faults = parsePage(html).filter(
      ({ name, attributes }) => name === "li" && attributes.get("class") === "failed",
    );
    expect(faults.map(({ text }) => text.trim())).toContain("Changed since it was signed.");
  });

  it("lists refused records with what was found and what is allowed", () => {
    const problem = {
      path: "address.postalCode",
      code: "X",
      found: '"651893044"',
      allowed: "ten digits",
      message: "A code.",
    };
    const texts = parsePage(renderRunReport(runOf({ rejects: [{ label: "record 9", problems: [problem] }] }))).map(
      ({ text }) => plainText(text).trim(),
    );
    for (const text of ["record 9", "1 problem", "address.postalCode", '"651893044"', "ten digits", "A code."]) {
      expect(texts).toContain(text);
    }
  });

  it("is a page even when there was nothing to do", () => {
    expect(renderRunReport(runOf({ cards: [] }))).toContain("0 of 0");
  });
});
