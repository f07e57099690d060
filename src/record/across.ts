import type { RecordProblem } from "./errors.js";
import type { CitizenRecord } from "./record.js";
import { valueAt } from "./shape.js";

/** Fields that were read; those that were not good are missing. */
export type Draft<T> = { readonly [K in keyof T]: T[K] | undefined };

/** The rules across fields, on whatever is good by itself. */
export function crossProblems(input: unknown, fields: Draft<Required<CitizenRecord>>): RecordProblem[] {
  return [...dateProblems(fields), ...fingerProblems(input), ...sizeProblem(input, "signatureSize", "signature")];
}

function dateProblems(fields: Draft<Required<CitizenRecord>>): RecordProblem[] {
  const { dateOfBirth: birth, dateOfIssue: issue, dateOfExpiry: expiry } = fields;
  const problems: RecordProblem[] = [];
  if (birth !== undefined && issue !== undefined && birth > issue) {
    const message = "The document would be issued before its holder is born.";
    problems.push({ path: "dateOfIssue", code: "DATE_ORDER", found: issue, allowed: `from ${birth} on`, message });
  }
  if (issue !== undefined && expiry !== undefined && issue >= expiry) {
    const message = "The document would expire before it is issued, or on that day.";
    problems.push({ path: "dateOfExpiry", code: "DATE_ORDER", found: expiry, allowed: `after ${issue}`, message });
  }
  return problems;
}

/** Each finger once, each with something. */
function fingerProblems(input: unknown): RecordProblem[] {
  const fingers = valueAt(input, "fingers");
  if (!Array.isArray(fingers)) return [];
  const problems: RecordProblem[] = [];
  const seen = new Set<unknown>();
  for (let i = 0; i < fingers.length; i++) {
    if (typeof fingers[i] !== "object" || fingers[i] === null) continue;
    const path = `fingers.${i}`;
    const position = valueAt(input, `${path}.position`);
    if (typeof position === "number" && seen.has(position)) {
      problems.push({
        path: `${path}.position`,
        code: "FINGER_REPEATED",
        found: `position ${position} again`,
        allowed: "each finger once",
        message: "Look for a mistaken position, or keep the better of the two.",
      });
    }
    seen.add(position);
    const hasImage = valueAt(input, `${path}.image`) !== undefined;
    if (!hasImage && valueAt(input, `${path}.minutiae`) === undefined) {
      problems.push({
        path,
        code: "FIELD_MISSING",
        found: "neither image nor minutiae",
        allowed: "image, minutiae or both",
        message: "A finger is given by its image, its minutiae, or both; leave out one of which there is nothing.",
      });
    } else problems.push(...sizeProblem(input, `${path}.imageSize`, `${path}.image`));
  }
  return problems;
}

/** A size is of an image that is there. */
function sizeProblem(input: unknown, size: string, image: string): RecordProblem[] {
  if (valueAt(input, size) === undefined || valueAt(input, image) !== undefined) return [];
  const message = "Give the image, or leave its size out.";
  const found = "nothing, but its size";
  return [{ path: image, code: "FIELD_MISSING", found, allowed: "the image whose size is stated", message }];
}
