import { describe, expect, it } from "vitest";
import { fromHex, utf8 } from "../../src/bytes/bytes.js";
import { validateCard } from "../../src/inspect/validate-card.js";
import { encodeTlv } from "../../src/tlv/ber.js";

const AT = new Date("2026-11-25T00:00:00Z");
const bcd = encodeTlv(0x6b, encodeTlv(0x5c, fromHex("5F2B")), encodeTlv(0x5f2b, fromHex("19700101")));
const judge = (tolerate?: readonly never[]) => {
  const card = {
    files: { "EF.DG11": bcd },
    evidence: { accessControl: "none", notGiven: [], notAsked: [] },
  } as const;
  const { checks } = validateCard(card, { at: AT, ...(tolerate && { tolerate }) });
  return checks.find(({ id }) => id === "parse.EF.DG11");
};

describe("a file that departs from the standard", () => {
  it("is read, and the verdict lists the departure", () => {
    expect(judge()).toMatchObject({
      status: "warning",
      message: "Read although it departs from the standard: a date in packed digits where text is due.",
      evidence: { BCD_DATE: "EF.DG11.dateOfBirth (byte 9)" },
    });
  });

  it("fails when the caller tolerates nothing", () => {
    expect(judge([])).toMatchObject({ status: "failed", evidence: { at: "EF.DG11.dateOfBirth", offset: "9" } });
  });

  it("fails when no tolerance describes it", () => {
    const card = {
      files: { "EF.DG11": encodeTlv(0x6b, utf8("??")) },
      evidence: { accessControl: "none", notGiven: [], notAsked: [] },
    } as const;
    const check = validateCard(card, { at: AT }).checks.find(({ id }) => id === "parse.EF.DG11");
    expect(check?.status).toBe("failed");
  });
});
