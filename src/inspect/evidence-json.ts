import { fromHex, toHex } from "../bytes/bytes.js";
import { MalformedError } from "../errors.js";
import type { ReadingEvidence } from "./card-files.js";

/** Fields of an object out of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value out of JSON is an object. */
export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is no such evidence. */
export const fault = (path: string, detail: string): MalformedError =>
  new MalformedError("BAD_VALUE", detail, 0, `evidence.${path}`);

/** Reads one value out of JSON, or throws with its path. */
type Read = (value: unknown, path: string) => unknown;
type Shape = Readonly<Record<string, Read>>;

const text: Read = (value, path) => {
  if (typeof value !== "string") throw fault(path, "is no text");
  return value;
};
const number: Read = (value, path) => {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) throw fault(path, "is no whole number");
  return value;
};
const flag: Read = (value, path) => {
  if (typeof value !== "boolean") throw fault(path, "is neither true nor false");
  return value;
};
const oneTrue: Read = (value, path) => {
  if (value !== true) throw fault(path, "is not true");
  return value;
};
/** Bytes, which are hex in JSON. */
export const bytes = (value: unknown, path: string): Uint8Array => {
  try {
    return fromHex(text(value, path) as string);
  } catch (error) {
    if (error instanceof MalformedError) throw error;
    throw fault(path, "is no hex");
  }
};
const oneOf =
  (...values: readonly (string | number)[]): Read =>
  (value, path) => {
    if (!values.some((one) => one === value)) throw fault(path, `is none of ${values.join(", ")}`);
    return value;
  };
const list =
  (read: Read): Read =>
  (value, path) => {
    if (!Array.isArray(value)) throw fault(path, "is no list");
    return value.map((one, i) => read(one, `${path}.${i}`));
  };
/** An object with these fields and no others; those of `optional` may be missing. */
const object =
  (required: Shape, optional: Shape = {}): Read =>
  (value, path) => {
    if (!isObject(value)) throw fault(path, "is no object");
    const missing = Object.keys(required).find((name) => value[name] === undefined);
    if (missing !== undefined) throw fault(`${path}.${missing}`, "is missing");
    const entries = Object.entries(value).map(([name, one]) => {
      const read = Object.hasOwn(required, name)
        ? required[name]
        : Object.hasOwn(optional, name)
          ? optional[name]
          : undefined;
      if (read === undefined) throw fault(`${path}.${name}`, "is not known");
      return [name, read(one, `${path}.${name}`)] as const;
    });
    return Object.fromEntries(entries);
  };

const refusals = list(object({ name: text, sw: number }));

const readingEvidence = object(
  {
    accessControl: oneOf("BAC", "PACE", "none", "unknown"),
    notGiven: refusals,
    notAsked: list(text),
  },
  {
    masterFileNotGiven: refusals,
    falls: list(
      object(
        {
          kind: oneOf(
            "readSize",
            "selectByFid",
            "paceToBac",
            "chipAuthentication",
            "activeAuthentication",
            "paceTemplate",
            "terminalAuthentication",
          ),
        },
        {
          sw: number,
          from: number,
          to: number,
          remembered: oneTrue,
          version: oneOf(2),
          trustPoints: list(text),
          reason: oneOf(
            "failed",
            "unknown",
            "malformed",
            "refused",
            "notGenuine",
            "noKey",
            "notAuthentic",
            "noChain",
            "noChipAuthentication",
          ),
        },
      ),
    ),
    resumed: number,
    pace: object({ protocol: text, name: text, password: oneOf("mrz", "can", "pin") }, { parameterId: number }),
    proofs: object(
      {},
      {
        activeAuthentication: object({
          challenge: bytes,
          response: bytes,
          algorithm: text,
          challengeBy: oneOf("terminal", "verifier"),
        }),
        chipAuthentication: object(
          { protocol: text, version: oneOf(1, 2), publicKey: bytes, ephemeralKey: bytes, confirmed: flag },
          {
            keyId: number,
            nonce: bytes,
            token: bytes,
            firstAnswer: object({ ins: number, data: bytes, sw: number }),
            ephemeralPrivateKey: bytes,
          },
        ),
        paceCam: object({ curve: text, keyId: number, mappingKey: bytes, chipAuthenticationData: bytes }),
        terminalAuthentication: object(
          {
            version: oneOf(1, 2),
            certificates: list(bytes),
            idIc: bytes,
            challenge: bytes,
            compressedKey: bytes,
            signature: bytes,
          },
          { auxiliaryData: bytes },
        ),
      },
    ),
  },
);

/** The same with bytes as hex, ready for JSON. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)])) : value;
}

/**
 * How a reading went as plain data for JSON: bytes are hex.
 *
 * @example
 * const text = JSON.stringify(readingEvidenceJson(card.evidence));
 */
export function readingEvidenceJson(evidence: ReadingEvidence): Readonly<Record<string, unknown>> {
  return plain(evidence) as Fields;
}

/**
 * The opposite of {@link readingEvidenceJson}.
 *
 * @param value - As `JSON.parse` gives it. Whoever wrote it may have made it up.
 * @throws {MalformedError} `BAD_VALUE` with the path of what is no such evidence.
 * @example
 * const evidence = parseReadingEvidence(JSON.parse(text));
 */
export function parseReadingEvidence(value: unknown, path = "reading"): ReadingEvidence {
  return readingEvidence(value, path) as ReadingEvidence;
}
