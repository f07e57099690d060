import type { LetterRule } from "./rule.js";

/**
 * How Persian text is made uniform, so that one name has one spelling: Arabic keyboards give letters that look the same.
 * Teh marbuta stays. Harakat are U+064B to U+0652, U+0656 to U+065F and U+0670; maddah and hamza above belong to letters.
 */
export const persianLetters: readonly LetterRule[] = [
  { what: "Arabic yeh U+064A became U+06CC", from: /\u064a/gu, to: "\u06cc" },
  { what: "alef maksura U+0649 became U+06CC", from: /\u0649/gu, to: "\u06cc" },
  { what: "Arabic kaf U+0643 became U+06A9", from: /\u0643/gu, to: "\u06a9" },
  { what: "tatweel U+0640 was dropped", from: /\u0640+/gu, to: "" },
  { what: "harakat were dropped", from: /[\u064b-\u0652\u0656-\u065f\u0670]+/gu, to: "" },
];
