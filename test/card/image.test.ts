import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, toHex, utf8 } from "../../src/bytes/bytes.js";
import { type AccessRule, after, allOf, always, anyOf, never } from "../../src/card/access-rule.js";
import {
  accessKeyOf,
  accessSecretsOf,
  type CardImage,
  cardImageToJson,
  DOCUMENT_BASIC_ACCESS,
  fileOf,
  parseCardImage,
} from "../../src/card/image.js";
import { CardwrightError } from "../../src/errors.js";
import { IMAGE } from "../support/line.js";

const rule: fc.Arbitrary<AccessRule> = fc.letrec<{ rule: AccessRule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(always, never, after("BAC")),
    fc.array(tie("rule"), { maxLength: 3 }).map((rules) => anyOf(...rules)),
    fc.array(tie("rule"), { maxLength: 3 }).map((rules) => allOf(...rules)),
  ),
})).rule;

const files = fc.uniqueArray(
  fc.record({
    name: fc.string(),
    fid: fc.integer({ min: 0, max: 0xffff }),
    sfi: fc.integer({ min: 0, max: 30 }),
    read: rule,
    update: rule,
    content: fc.uint8Array({ maxLength: 40 }),
  }),
  { selector: (file) => file.fid, maxLength: 4 },
);

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });

const image: fc.Arbitrary<CardImage> = fc.record(
  {
    format: fc.constant("cardwright.image.1" as const),
    profile: fc.record({ id: fc.string(), version: fc.string() }),
    documentNumber: fc.string(),
    applications: fc.array(
      fc.record({
        name: fc.string(),
        aid: bytes(5, 16),
        secrets: fc.array(fc.string()),
        files,
      }),
      { maxLength: 3 },
    ),
    masterFile: files,
  },
  { requiredKeys: ["format", "profile", "documentNumber", "applications"], noNullPrototype: true },
);

/** The image of the sample as plain JSON, changed at one place. */
function changed(path: readonly (string | number)[], value: unknown): string {
  const copy = JSON.parse(cardImageToJson(IMAGE)) as unknown;
  let at = copy as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
  const last = path[path.length - 1] as string | number;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return JSON.stringify(copy);
}

const nested = (depth: number): unknown =>
  depth === 0 ? { kind: "always" } : { kind: "anyOf", rules: [nested(depth - 1)] };

function refusal(json: string): string {
  try {
    parseCardImage(json);
  } catch (error) {
    expect(error).toBeInstanceOf(CardwrightError);
    expect((error as CardwrightError).code).toBe("IMAGE_INVALID");
    return (error as Error).message;
  }
  throw new Error("it was accepted");
}

describe("card image as JSON", () => {
  it("comes back as it was", () => {
    expect(parseCardImage(cardImageToJson(IMAGE))).toEqual(IMAGE);
    fc.assert(
      fc.property(image, (value) => {
        expect(parseCardImage(cardImageToJson(value))).toEqual(value);
      }),
    );
  });

  it("is the same whether bytes are a Uint8Array or a subclass with a toJSON of its own", () => {
    const [application] = IMAGE.applications;
    if (application === undefined) throw new Error("no application");
    const files = application.files.map((file) => ({ ...file, content: Buffer.from(file.content) }));
    const other = { ...IMAGE, applications: [{ ...application, aid: Buffer.from(application.aid), files }] };
    expect(cardImageToJson(other)).toBe(cardImageToJson(IMAGE));
  });

  const file = ["applications", 0, "files", 1] as const;
  it.each<[string, readonly (string | number)[], unknown, string]>([
    ["another format", ["format"], "cardwright.image.2", "format"],
    ["no format", ["format"], undefined, "format"],
    ["no profile", ["profile"], undefined, "profile.id"],
    ["a profile without id", ["profile", "id"], undefined, "profile.id"],
    ["a version that is a number", ["profile", "version"], 1, "profile.version"],
    ["no document number", ["documentNumber"], null, "documentNumber"],
    ["no applications", ["applications"], undefined, "applications: a list"],
    ["applications that are an object", ["applications"], {}, "applications: a list"],
    ["an application that is text", ["applications", 0], "eMRTD", "applications[0].name"],
    ["no name", ["applications", 0, "name"], undefined, "applications[0].name"],
    ["an odd number of hex digits", ["applications", 0, "aid"], "a0000", "applications[0].aid"],
    ["an AID of four bytes", ["applications", 0, "aid"], "a0000002", "applications[0].aid: an AID has 5 to 16"],
    ["an AID of seventeen bytes", ["applications", 0, "aid"], "00".repeat(17), "applications[0].aid: an AID has"],
    ["secrets that are text", ["applications", 0, "secrets"], "pin", "applications[0].secrets"],
    ["a secret that is a number", ["applications", 0, "secrets", 0], 1234, "applications[0].secrets[0]"],
    ["files that are missing", ["applications", 0, "files"], undefined, "applications[0].files"],
    ["a file without name", [...file, "name"], undefined, "applications[0].files[1].name"],
    ["a FID that is text", [...file, "fid"], "0101", "applications[0].files[1].fid"],
    ["a FID of three bytes", [...file, "fid"], 0x10000, "applications[0].files[1].fid"],
    ["a FID below zero", [...file, "fid"], -1, "applications[0].files[1].fid"],
    ["a FID with a fraction", [...file, "fid"], 1.5, "applications[0].files[1].fid"],
    ["a FID twice", [...file, "fid"], 0x011e, "applications[0].files[1].fid: there is such a file already"],
    ["an SFI of 31", [...file, "sfi"], 31, "applications[0].files[1].sfi"],
    ["no content", [...file, "content"], undefined, "applications[0].files[1].content"],
    ["content that is no hex", [...file, "content"], "61zz", "applications[0].files[1].content"],
    ["no rule", [...file, "read"], undefined, "applications[0].files[1].read"],
    ["an unknown rule", [...file, "read"], { kind: "sometimes" }, "applications[0].files[1].read"],
    ["an unknown protocol", [...file, "read"], { kind: "protocol", protocol: "XYZ" }, "applications[0].files[1].read"],
    ["a list rule without list", [...file, "update"], { kind: "allOf" }, "applications[0].files[1].update.rules"],
    [
      "a wrong rule deep inside",
      [...file, "update"],
      { kind: "allOf", rules: [{ kind: "always" }, { kind: "anyOf", rules: [{}] }] },
      "applications[0].files[1].update.rules[1].rules[0]",
    ],
    ["rules nested too deep", [...file, "read"], nested(65), "nested more than 64 deep"],
  ])("refuses %s and names the place", (_name, path, value, place) => {
    expect(refusal(changed(path, value))).toContain(place);
  });

  it("takes rules nested as deep as it says", () => {
    expect(() => parseCardImage(changed([...file, "read"], nested(64)))).not.toThrow();
  });

  it("does not overflow the stack on rules nested 50,000 deep", () => {
    const text = `${'{"kind":"anyOf","rules":['.repeat(50_000)}{"kind":"always"}${"]}".repeat(50_000)}`;
    expect(refusal(changed([...file, "read"], "RULE").replace('"RULE"', text))).toContain("nested");
  });

  it.each(["", "{", "null", "1", '"x"', "[]"])("refuses the text %j", (text) => {
    expect(refusal(text)).toContain("card image");
  });
});

describe("what follows from an image", () => {
  it("a file by its name", () => {
    expect(toHex(fileOf(IMAGE, "EF.COM") ?? new Uint8Array(0)).slice(0, 2)).toBe("60");
    expect(fileOf(IMAGE, "EF.DG3")).toBeUndefined();
  });

  it("the access key, from DG1", () => {
    expect(accessKeyOf(IMAGE)).toEqual({ documentNumber: "C01X00047", dateOfBirth: "910420", dateOfExpiry: "360522" });
    const secret = accessSecretsOf(IMAGE)[DOCUMENT_BASIC_ACCESS];
    // check digits by another program: 5, 0 and 2
    expect(secret).toEqual(utf8("C01X00047591042003605222"));
  });

  it("no access key without DG1", () => {
    const empty: CardImage = { ...IMAGE, applications: [] };
    expect(() => accessKeyOf(empty)).toThrow("EF.DG1");
  });

  it("no secret stands in the JSON", () => {
    const secret = accessSecretsOf(IMAGE)[DOCUMENT_BASIC_ACCESS] ?? fromHex("");
    expect(secret.length).toBe(24);
    expect(cardImageToJson(IMAGE)).not.toContain(toHex(secret));
  });
});
