import type { RecordRule } from "./rule.js";

/** The form the post publishes: 2 never, 0 not in the first five, 5 not in the fifth place, no four equal at the start. */
const PUBLISHED_FORM = /^(?!(\d)\1{3})[13-9]{4}[1346-9][013-9]{5}$/;

/** The Iranian postal code: ten digits. Breaking the published form is a warning, for that form has changed before. */
export const iranianPostalCode: RecordRule = {
  name: "Iranian postal code",
  check: (value) => {
    if (!/^\d{10}$/.test(value)) {
      return [
        {
          severity: "problem",
          code: "POSTAL_CODE_FORM",
          allowed: "ten digits without hyphen",
          message: "A postal code has ten digits.",
        },
      ];
    }
    if (PUBLISHED_FORM.test(value)) return [];
    return [
      {
        severity: "warning",
        code: "POSTAL_CODE_UNUSUAL",
        allowed: "four digits of 1, 3-9 (not all equal), one of 1, 3, 4, 6-9, five of 0, 1, 3-9",
        message: "The code does not have the form the post publishes; it is kept as it is.",
      },
    ];
  },
};
