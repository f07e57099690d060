import { describe, expect, it } from "vitest";
import {
  type AccessRule,
  after,
  allOf,
  always,
  anyOf,
  isMet,
  never,
  withPin,
  withRight,
} from "../../src/card/access-rule.js";
import { isTerminalRight, TERMINAL_RIGHTS } from "../../src/card/terminal-rights.js";

const bac = after("BAC");

describe("access rules", () => {
  it.each<[string, AccessRule, boolean, boolean]>([
    ["always", always, true, true],
    ["never", never, false, false],
    ["after BAC", bac, false, true],
    ["any of always, never", anyOf(never, always), true, true],
    ["any of never, BAC", anyOf(never, bac), false, true],
    ["all of always, BAC", allOf(always, bac), false, true],
    ["all of BAC, never", allOf(bac, never), false, false],
    ["any of nothing", anyOf(), false, false],
    ["all of nothing", allOf(), false, false],
    ["all of any of nothing", allOf(always, anyOf()), false, false],
    ["any of all of nothing", anyOf(never, allOf()), false, false],
    ["nested", anyOf(allOf(bac, anyOf(never, always)), never), false, true],
  ])("%s: in the clear %s %s, after BAC %s", (_name, rule, clear, inside) => {
    expect(isMet(rule, [])).toBe(clear);
    expect(isMet(rule, ["BAC"])).toBe(inside);
  });

  it("ask for PIN and right each on its own", () => {
    const rule = allOf(after("PACE"), anyOf(withPin("identity"), withRight("authentication.readDg17")));
    expect(isMet(rule, ["PACE"])).toBe(false);
    expect(isMet(rule, ["BAC"], { pins: ["identity"], rights: ["authentication.readDg17"] })).toBe(false);
    expect(isMet(rule, [], { pins: ["identity"] })).toBe(false);
    expect(isMet(rule, ["PACE"], { pins: ["identity"] })).toBe(true);
    expect(isMet(rule, ["PACE"], { rights: ["authentication.readDg17"] })).toBe(true);
    expect(isMet(rule, ["PACE"], { rights: ["authentication.writeDg17", "authentication.readDg16"] })).toBe(false);
    expect(isMet(withRight("inspection.readDg4"), ["PACE"], { rights: ["authentication.readDg4"] })).toBe(false);
  });

  it("of a kind that is not known are not met", () => {
    for (const kind of ["", "open", "constructor", undefined]) {
      const rule = { kind, rules: [always] } as unknown as AccessRule;
      expect(isMet(rule, ["BAC", "PACE"], { pins: ["identity"] })).toBe(false);
      expect(isMet(anyOf(rule), ["BAC"])).toBe(false);
    }
  });

  it("name rights by the bits of TR-03110-3", () => {
    const { "authentication.readDg1": first, "authentication.readDg21": last } = TERMINAL_RIGHTS;
    expect([first, last]).toEqual([8, 28]);
    expect([TERMINAL_RIGHTS["authentication.writeDg17"], TERMINAL_RIGHTS["authentication.writeDg21"]]).toEqual([
      37, 33,
    ]);
    expect(isTerminalRight("authentication.readDg22")).toBe(false);
    expect(isTerminalRight("toString")).toBe(false);
  });
});
