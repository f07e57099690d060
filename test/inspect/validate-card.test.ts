import { beforeAll, describe, expect, it } from "vitest";
import type { CardFiles } from "../../src/inspect/card-files.js";
import type { Check } from "../../src/inspect/report.js";
import { type ValidateCardOptions, validateCard } from "../../src/inspect/validate-card.js";
import { dg1 } from "../../src/lds/dg1.js";
import { encodeMrz } from "../../src/lds/mrz.js";
import type { Mrz } from "../../src/lds/mrz-elements.js";
import { parseCertificate } from "../../src/pki/certificate.js";
import { issueDocumentSigner } from "../../src/pki/issue/document-signer.js";
import { parseFile } from "../../src/tlv/file.js";
import { CSCA_SUBJECT, date, newSigner, SIGNER_SUBJECT } from "../pki/support.js";
import {
  ALWAYS,
  AT,
  checkOf,
  filesOf,
  idsWith,
  judge,
  replace,
  type SampleCard,
  sampleCard,
  type Variant,
  variantOf,
  without,
} from "../support/inspect.js";

let card: SampleCard;
let good: CardFiles;
beforeAll(async () => {
  card = await sampleCard({ index: 0 });
  good = filesOf(card.image);
});

const vary = (variant: Variant) => () => variantOf(card, variant);
const mrzOf = ({ files }: CardFiles) => parseFile(dg1, files["EF.DG1"] as Uint8Array).mrz;

describe("a good card", () => {
  it("passes, with what was not shown in the summary", () => {
    const report = judge(good, { trust: card.trust });
    expect(report.verdict).toBe("passed");
    expect(report.summary).toBe(
      "The data are authentic and unchanged. " +
        "Whether the chip is genuine or a copy was not shown, and revocation was not checked.",
    );
    expect(idsWith(report, "notChecked")).toEqual([
      "path.revocation",
      "path.cscaRevocation",
      "dg1.printed",
      "printed.documentNumber",
      "printed.dateOfBirth",
      "printed.dateOfExpiry",
      "printed.name",
      "printed.personalNumber",
      "dg11.personalNumber",
      "dates.personalization",
      "accessControl.downgrade",
      "chip.activeAuthentication",
      "chip.chipAuthentication",
      "chip.paceCam",
      "chip.terminalAuthentication",
    ]);
    expect(idsWith(report, "warning")).toEqual([]);
    expect(report.checks.map(({ id }) => id).toSorted()).toEqual(
      [...ALWAYS, "hash.EF.DG1", "hash.EF.DG2", "hash.EF.DG11", "hash.EF.DG12"].toSorted(),
    );
    expect(report).toMatchObject({ format: "cardwright.validation.1", at: "2026-11-25T09:00:00.000Z" });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it("tells what it rests on", () => {
    const report = judge(good, { trust: card.trust });
    expect(checkOf(report, "path.cscaKnown").evidence).toMatchObject({
      signer: "C=UT, O=Utopia, CN=Utopia Document Signer 01",
      csca: "C=UT, O=Utopia, CN=Utopia CSCA",
      trust: "pinned (the test)",
    });
    const { signed, found } = checkOf(report, "hash.EF.DG1").evidence as Record<string, string>;
    expect(signed).toMatch(/^[0-9a-f]{64}$/);
    expect(found).toBe(signed);
    expect(report.checks.every(({ message, spec, path }) => /[.…]$/.test(message) && spec !== "" && path !== "")).toBe(
      true,
    );
  });

  it("may have an old security object, whose LDS version nobody signs", () => {
    const lds = ({ ldsVersionInfo: _, ...value }: Parameters<NonNullable<Variant["lds"]>>[0]) => ({
      ...value,
      version: 0,
    });
    const report = judge(variantOf(card, { lds }), { trust: card.trust });
    expect(report.verdict).toBe("passed");
    expect(checkOf(report, "securityObject.ldsVersion").message).toContain("not signed");
  });

  it.each(["SHA-384", "SHA-512"] as const)("may be hashed with %s", (hash) => {
    expect(judge(variantOf(card, { hash }), { trust: card.trust }).verdict).toBe("passed");
  });

  it("may have the MRZ that is printed, in lines", () => {
    const lines = mrzOf(good).replace(/.{30}/g, "$&\r\n");
    const report = judge(good, { trust: card.trust, printedMrz: lines });
    expect(checkOf(report, "dg1.printed").status).toBe("passed");
    expect(report.verdict).toBe("passed");
  });

  it.each([
    [{ fullName: "Ahmadi<<Sara" }, "passed"],
    [{ fullName: "AHMADI<<SARA" }, "passed"],
    [{ otherNames: ["Rahimi<<Sara", "Ahmadi<<Sara"] }, "passed"],
    [{ fullName: "احمدی<<سارا" }, "warning"],
  ] as const)("may write the name as %j: %s", (names, status) => {
    const dg11 = {
      dateOfBirth: "19910420",
      ...names,
      otherNames: [...("otherNames" in names ? names.otherNames : [])],
    };
    const { otherNames, ...rest } = dg11;
    const variant = variantOf(card, { dg11: () => (otherNames.length > 0 ? dg11 : rest) });
    const report = judge(variant, { trust: card.trust });
    expect(checkOf(report, "dg11.name").status).toBe(status);
  });

  it("may be cut by another rule than ours, when its last letter says that it was cut", () => {
    const files = variantOf(card, {
      dg1: ({ mrz }) => ({ mrz: `${mrz.slice(0, 60)}NILAVADHANANANDA<<ARN<CHAR<PRA` }),
      dg11: (value) => ({ ...value, otherNames: ["Nilavadhanananda<<Arnpol<Charoon<Pravit"] }),
    });
    expect(checkOf(judge(files), "dg11.name").status).toBe("passed");
  });

  it("may leave parts of the date of birth unknown", () => {
    const files = variantOf(card, {
      dg1: ({ mrz }) => {
        // The composite check digit must fit: fillers count 0, as the digits they replace do here.
        const birth = "91<<<<";
        const digits = `${birth}${digitOf(birth)}`;
        const rest = mrz.slice(5, 30) + digits + mrz.slice(38, 45) + mrz.slice(48, 59);
        return { mrz: `${mrz.slice(0, 30)}${digits}${mrz.slice(37, 59)}${digitOf(rest)}${mrz.slice(60)}` };
      },
      dg11: (value) => ({ ...value, dateOfBirth: "19910000" }),
    });
    const report = judge(files);
    expect(checkOf(report, "dg1.mrz").status).toBe("passed");
    expect(checkOf(report, "dg11.dateOfBirth").status).toBe("passed");
  });

  it("is valid until its last day is over everywhere, and no longer", () => {
    const at = (text: string) => checkOf(judge(good, { at: date(text) }), "dates.expiry").status;
    expect(at("2036-11-04T23:59:59")).toBe("passed");
    expect(at("2036-11-05T11:59:00")).toBe("passed"); // still the 4th in the westernmost zone
    expect(at("2036-11-05T12:01:00")).toBe("failed");
  });

  it("may be made in the evening before its date of issue begins in Greenwich", () => {
    const at = (text: string) => checkOf(judge(good, { at: date(text) }), "dates.issue").status;
    expect(at("2026-11-03T20:31:00")).toBe("passed"); // 00:01 on the 4th in Tehran
    expect(at("2026-11-03T09:59:00")).toBe("failed");
  });
});

/** 9303-3 §4.9, by hand. */
function digitOf(text: string): number {
  const value = (c: string) => (c === "<" ? 0 : /\d/.test(c) ? Number(c) : c.charCodeAt(0) - 55);
  return [...text].reduce((sum, c, i) => sum + value(c) * ([7, 3, 1][i % 3] as number), 0) % 10;
}

describe("no verdict", () => {
  const OPEN: Readonly<
    Record<string, { files: () => CardFiles; options?: () => Partial<ValidateCardOptions>; id: string }>
  > = {
    "without a trust store": {
      files: () => good,
      options: () => ({ trust: undefined }) as never,
      id: "path.cscaKnown",
    },
    "without EF.COM": { files: () => without(good, "EF.COM"), id: "parse.EF.COM" },
    "without DG1": { files: () => without(good, "EF.DG1", { notAsked: ["EF.DG1"] }), id: "mandatoryDataGroups" },
    "without DG2": { files: () => without(good, "EF.DG2", { notAsked: ["EF.DG2"] }), id: "hash.EF.DG2" },
    "when the chip kept DG2": {
      files: () => without(good, "EF.DG2", { notGiven: [{ name: "EF.DG2", sw: 0x6982 }] }),
      id: "hash.EF.DG2",
    },
    "when the chip kept DG11 for no good reason": {
      files: () => without(good, "EF.DG11", { notGiven: [{ name: "EF.DG11", sw: 0x6f00 }] }),
      id: "hash.EF.DG11",
    },
    "when nobody says why DG11 is not there": { files: () => without(good, "EF.DG11"), id: "hash.EF.DG11" },
    "with a hash algorithm that is not known": {
      files: vary({ lds: (value) => ({ ...value, hashAlgorithm: { algorithm: "1.3.36.3.2.1" } }) }),
      id: "hash.EF.DG1",
    },
  };

  it.each(Object.entries(OPEN))("%s", (_, { files, options, id }) => {
    const given = options?.() ?? { trust: card.trust };
    const report = judge(files(), given);
    expect(report.verdict).toBe("incomplete");
    expect(checkOf(report, id).status).toBe("notChecked");
    expect(report.summary).toContain(id);
    expect(report.summary).toMatch(/^No verdict: /);
    expect(report.summary).not.toContain("activeAuthentication"); // that alone would not have kept it from passing
    const ids = report.checks.map((check) => check.id);
    for (const always of ALWAYS) expect(ids).toContain(always);
  });

  it("is not the answer when something failed besides", () => {
    const report = judge(replace(good, { "EF.DG1": undefined, "EF.DG12": Uint8Array.of(0x6c, 0) }));
    expect(report.verdict).toBe("failed");
  });

  it("without anything at all fails, and lists every check", () => {
    const nothing: CardFiles = { files: {}, evidence: { accessControl: "none", notGiven: [], notAsked: [] } };
    const report = judge(nothing, { trust: card.trust });
    expect(idsWith(report, "failed")).toEqual(["parse.EF.SOD"]);
    expect(report.checks.map(({ id }) => id).toSorted()).toEqual(ALWAYS.toSorted());
  });
});

describe("what does not keep a card from passing, but is told", () => {
  const warned = (files: CardFiles, options: Partial<ValidateCardOptions> = {}): Check[] => {
    const report = judge(files, { trust: card.trust, ...options });
    expect(report.verdict).toBe("passed");
    return report.checks.filter(({ status }) => status === "warning");
  };

  it("data groups that were not asked for, or need more than basic access control", () => {
    const unasked = judge(without(good, "EF.DG12", { notAsked: ["EF.DG12"] }), { trust: card.trust });
    expect(unasked.verdict).toBe("passed");
    expect(unasked.summary).toContain("The data that were read are authentic");
    expect(unasked.summary).toContain("Not read: EF.DG12.");
    expect(checkOf(unasked, "hash.EF.DG12").message).toBe("It was not asked for.");
    const kept = judge(without(good, "EF.DG11", { notGiven: [{ name: "EF.DG11", sw: 0x6982 }] }), {
      trust: card.trust,
    });
    expect(kept.summary).toContain("Not read: EF.DG11.");
    expect(checkOf(kept, "hash.EF.DG11").message).toContain("6982");
    expect(checkOf(kept, "accessControl").evidence).toEqual({ notGiven: "EF.DG11 (6982)" });
  });

  it("a card that anybody can read", () => {
    const files = { ...good, evidence: { ...good.evidence, accessControl: "none" as const } };
    expect(warned(files).map(({ id }) => id)).toEqual(["accessControl"]);
  });

  /** The card with something else in its face record. */
  const withFace = (change: { readonly width?: number; readonly image?: Uint8Array }) =>
    variantOf(card, {
      dg2: ({ instances }) => ({
        instances: instances.map(({ header, data }) => {
          const { face } = data;
          if (face === undefined) throw new Error("the sample holds a face record");
          return { header, data: { face: { ...face, faces: face.faces.map((one) => ({ ...one, ...change })) } } };
        }),
      }),
    });

  it("an image of another size than its record says, or another format", () => {
    const evidence = { stated: "413×12", found: "16×12" };
    expect(warned(withFace({ width: 413 }))).toMatchObject([{ id: "dg2.image", evidence }]);
    const png = withFace({ image: Uint8Array.of(0x89, 0x50, 0x4e, 0x47) });
    expect(warned(png)).toMatchObject([{ id: "dg2.image", message: expect.stringContaining("PNG") }]);
  });

  it("a signer's key used at another time than it was meant to", () => {
    const early = variantOf(card, { dg12: (value) => ({ ...value, dateOfIssue: "20251231" }) });
    expect(warned(early)).toMatchObject([
      { id: "path.privateKeyUsage", evidence: { dateOfIssue: "2025-12-31", from: "2026-01-01", to: "2026-12-31" } },
    ]);
    const late = variantOf(card, { dg12: (value) => ({ ...value, dateOfIssue: "20270101" }) });
    expect(warned(late, { at: date("2027-06-01T00:00:00") })).toMatchObject([{ id: "path.privateKeyUsage" }]);
    const last = variantOf(card, { dg12: (value) => ({ ...value, dateOfIssue: "20261231" }) });
    expect(warned(last, { at: date("2027-06-01T00:00:00") })).toEqual([]);
  });
});

describe("a document of another size", () => {
  const person = {
    issuingState: "UTO",
    documentNumber: "C01X00047",
    dateOfBirth: "910420",
    sex: "F",
    dateOfExpiry: "361104",
    nationality: "UTO",
  } as const;
  const DOCUMENTS: readonly Mrz[] = [
    { format: "TD2", documentCode: "I", ...person, optionalData: "", names: "AHMADI<<SARA".padEnd(31, "<") },
    { format: "TD3", documentCode: "PP", ...person, optionalData: "", names: "AHMADI<<SARA".padEnd(39, "<") },
  ];

  it.each(DOCUMENTS.map((mrz) => [mrz.format, mrz] as const))("%s passes too", async (format, mrz) => {
    const signer = newSigner();
    const certificate = parseCertificate(
      await issueDocumentSigner({
        ...SIGNER_SUBJECT,
        documentTypes: ["P", "I"],
        publicKey: signer.publicKey,
        issuer: { certificate: card.chain.csca.raw, signer: card.chain.cscaSigner },
      }),
    );
    const files = variantOf(card, { dg1: () => ({ mrz: encodeMrz(mrz) }), signedBy: { signer, certificate } });
    const report = judge(files, { trust: card.trust });
    expect(idsWith(report, "failed")).toEqual([]);
    expect(report.verdict).toBe("passed");
    expect(checkOf(report, "dg1.mrz").message).toContain(format);
  });
});

describe("the signer's State and document types", () => {
  it.each([
    [["I"], "passed"],
    [["P", "I"], "passed"],
    [["ID"], "failed"],
    [["P"], "failed"],
  ])("types %j: %s for I", async (documentTypes, status) => {
    const signer = newSigner();
    const certificate = parseCertificate(
      await issueDocumentSigner({
        ...SIGNER_SUBJECT,
        documentTypes,
        publicKey: signer.publicKey,
        issuer: { certificate: card.chain.csca.raw, signer: card.chain.cscaSigner },
      }),
    );
    const report = judge(variantOf(card, { signedBy: { signer, certificate } }), { trust: card.trust });
    expect(checkOf(report, "path.documentType").status).toBe(status);
  });

  it("the chain of the tests is of Utopia by name and by country", () => {
    expect(checkOf(judge(good, { trust: card.trust }), "path.issuingState").evidence).toEqual({
      mrz: "UTO",
      certificates: "UTO",
    });
    expect(CSCA_SUBJECT.countryCode3).toBe("UTO");
  });
});

describe("the caller", () => {
  it("must give a date", () => {
    expect(() => validateCard(good, { at: new Date("nonsense") })).toThrow(RangeError);
    expect(validateCard(good, { at: AT }).at).toBe(AT.toISOString());
  });

  it("keeps files that the standard does not know to itself", () => {
    const report = judge(replace(good, { "EF.XYZ": Uint8Array.of(1) }), { trust: card.trust });
    expect(report.verdict).toBe("passed");
    expect(report.checks.some(({ path }) => path === "EF.XYZ")).toBe(false);
  });
});
