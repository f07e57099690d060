import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iranianNationalNumber, nationalNumberCheckDigit } from "../../src/record/national-number.js";
import { iranianPostalCode } from "../../src/record/postal-code.js";

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/eid/iran-national-number.json", import.meta.url), "utf8"),
) as { valid: string[]; invalid: { value: string; why: string }[] };

const nine = fc.stringMatching(/^\d{9}$/);

describe("Iranian national number", () => {
  it.each(vectors.valid)("takes the published %s", (value) => {
    expect(iranianNationalNumber.check(value)).toEqual([]);
  });

  it.each(vectors.invalid)("refuses the published $value: $why", ({ value, why }) => {
    const code = { "all equal": "REPEATED", length: "FORM", "check digit": "CHECK_DIGIT" }[why];
    expect(iranianNationalNumber.check(value).map((finding) => finding.code)).toEqual([`NATIONAL_NUMBER_${code}`]);
  });

  it("makes a check digit with which the weighted sum of all ten is 0 or the digit's own twin modulo 11", () => {
    fc.assert(
      fc.property(nine, (digits) => {
        // Independent of the formula's form: s + c ≡ 0 (mod 11), but for r = 1 where c = 1 stands for 10.
        const check = Number(nationalNumberCheckDigit(digits));
        const sum = [...digits].reduce((total, digit, i) => total + Number(digit) * (10 - i), 0);
        expect((sum + check) % 11).toBe(sum % 11 === 1 ? 2 : 0);
      }),
    );
  });

  it("finds every single mistyped digit, but for the one pair that the rule maps together", () => {
    fc.assert(
      fc.property(nine, fc.nat(9), fc.integer({ min: 1, max: 9 }), (digits, at, step) => {
        const good = digits + nationalNumberCheckDigit(digits);
        const typed = good.slice(0, at) + String((Number(good[at]) + step) % 10) + good.slice(at + 1);
        const rest = (text: string) => [...text.slice(0, 9)].reduce((s, d, i) => s + Number(d) * (10 - i), 0) % 11;
        const blind = at < 9 && [rest(good), rest(typed)].sort().join() === "1,10";
        fc.pre(!/^(\d)\1{9}$/.test(typed) && !/^(\d)\1{9}$/.test(good));
        expect(iranianNationalNumber.check(typed).length).toBe(blind ? 0 : 1);
      }),
    );
  });

  it.each(["", "007622964", "76229645", "00762296450", "007622964a", "۰۰۷۶۲۲۹۶۴۵", " 0076229645"])(
    "refuses the form of %j",
    (value) => {
      expect(iranianNationalNumber.check(value).map(({ code }) => code)).toEqual(["NATIONAL_NUMBER_FORM"]);
    },
  );

  it("makes no check digit for anything but nine digits", () => {
    expect(() => nationalNumberCheckDigit("12345678")).toThrow(TypeError);
  });
});

describe("Iranian postal code", () => {
  it.each([
    ["1939614733", []],
    ["1131300000", []],
    ["1111614733", ["warning POSTAL_CODE_UNUSUAL"]], // four equal digits at the start
    ["1239614733", ["warning POSTAL_CODE_UNUSUAL"]], // 2 in the first four
    ["1039614733", ["warning POSTAL_CODE_UNUSUAL"]], // 0 in the first four
    ["1939514733", ["warning POSTAL_CODE_UNUSUAL"]], // 5 in the fifth place
    ["1939014733", ["warning POSTAL_CODE_UNUSUAL"]], // 0 in the fifth place
    ["1939614723", ["warning POSTAL_CODE_UNUSUAL"]], // 2 at the end
    ["193961473", ["problem POSTAL_CODE_FORM"]],
    ["19396-14733", ["problem POSTAL_CODE_FORM"]],
    ["19396147330", ["problem POSTAL_CODE_FORM"]],
  ])("%s gives %j", (value, findings) => {
    expect(iranianPostalCode.check(value).map(({ severity, code }) => `${severity} ${code}`)).toEqual(findings);
  });
});
