import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ValidationReport } from "../../src/inspect/report.js";
import { isolate, safeFileName, safeText } from "../../src/report/safe-text.js";
import { describeValidation } from "../../src/report/text.js";

describe("safeText", () => {
  it.each([
    ["a terminal escape", "A\u001b[2J\u001b]0;x\u0007B", "A\\u{1b}[2J\\u{1b}]0;x\\u{7}B"],
    ["C1 controls", "\u009b31m\u0085", "\\u{9b}31m\\u{85}"],
    ["line breaks, backspace, delete", "a\r\nb\tc\u0008\u007f", "a\\u{d}\\u{a}b\\u{9}c\\u{8}\\u{7f}"],
    ["line and paragraph separators", "a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
    [
      "bidirectional marks",
      "\u202egnp.exe\u202c\u200f\u2066x\u2069\u061c",
      "\\u{202e}gnp.exe\\u{202c}\\u{200f}\\u{2066}x\\u{2069}\\u{61c}",
    ],
    [
      "what cannot be seen",
      "a\u200b\u2060\ufeff\u00ad\u3164\u180bb",
      "a\\u{200b}\\u{2060}\\u{feff}\\u{ad}\\u{3164}\\u{180b}b",
    ],
    ["tags beyond the BMP", "a\u{e0041}b", "a\\u{e0041}b"],
    ["lone surrogates and private use", "a\ud800b\ue000", "a\\u{d800}b\\u{e000}"],
  ])("shows %s", (_, text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it("keeps Persian with its joiners, and every other letter", () => {
    for (const text of ["علی‌رضا رستمی‌نژاد", "Zoë Łukasz Ø’Neill", "ک\u200dی", "日本", "😀", '<b>"&'] as const) {
      expect(safeText(text)).toBe(text);
    }
  });

  it("leaves nothing that steers, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(safeText(text)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\u200e\u200f]/u);
        expect(safeText(safeText(text))).toBe(safeText(text));
      }),
    );
  });

  it("isolates a name between marks of its own", () => {
    expect(isolate("علی\u202e")).toBe("\u2068علی\\u{202e}\u2069");
  });
});

describe("safeFileName", () => {
  it.each([
    ["C01X00047", "C01X00047"],
    ["../../etc/passwd", "ETC-PASSWD"],
    ["C:\\x\0.txt", "C-X-TXT"],
    ["علی", "UNNAMED"],
    ["", "UNNAMED"],
    ["..", "UNNAMED"],
    ["-rf", "RF"],
    ["a".repeat(300), "A".repeat(64)],
  ])("%j becomes %j", (text, name) => {
    expect(safeFileName(text)).toBe(name);
  });

  it("is of the white list, whatever comes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(safeFileName(text)).toMatch(/^[A-Z0-9](?:[A-Z0-9-]{0,62}[A-Z0-9])?$/);
      }),
    );
  });
});

describe("describeValidation", () => {
  const report: ValidationReport = {
    format: "cardwright.validation.1",
    verdict: "failed",
    summary: "Do not accept: dg1.mrz failed.\u001b[8m",
    at: "2026-11-25T09:00:00.000Z",
    checks: (["passed", "failed", "warning", "notChecked"] as const).map((status) => ({
      id: `a.${status}`,
      status,
      path: "EF.DG1",
      spec: "x",
      message: `It says\u001b[2J\n\u202e${status}.`,
    })),
    certificates: [],
  };

  it("gives one line a check, with its mark, and nothing that steers the terminal", () => {
    expect(describeValidation(report).split("\n")).toEqual([
      "FAILED: Do not accept: dg1.mrz failed.\\u{1b}[8m",
      "  ok   a.passed: It says\\u{1b}[2J\\u{a}\\u{202e}passed.",
      "  FAIL a.failed: It says\\u{1b}[2J\\u{a}\\u{202e}failed.",
      "  warn a.warning: It says\\u{1b}[2J\\u{a}\\u{202e}warning.",
      "  --   a.notChecked: It says\\u{1b}[2J\\u{a}\\u{202e}notChecked.",
    ]);
  });
});
