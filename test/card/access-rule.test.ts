import { describe, expect, it } from "vitest";
import { type AccessRule, after, allOf, always, anyOf, isMet, never } from "../../src/card/access-rule.js";

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
});
