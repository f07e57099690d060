import { describe, expect, it } from "vitest";
import { run } from "../../src/apdu/exchange.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { readingEvidenceJson } from "../../src/inspect/evidence-json.js";
import { readCard } from "../../src/inspect/read-card.js";
import { NATIONAL, nationalChip, SECRET_NUMBERS } from "../support/chips.js";
import { rejectionOf } from "../support/inspect.js";

const { pin } = SECRET_NUMBERS;
const WRONG = "9876";
const reader = () => {
  const channel = virtualChannel(nationalChip(), { extended: true });
  return (secret: string) =>
    run(
      channel,
      readCard({
        accessKey: { pin: secret },
        maxResponse: 65_538,
        dataGroups: [1],
        proofs: [],
        // A PIN is for PACE alone, whatever is allowed.
        allow: { paceToBac: true },
      }),
    );
};

describe("readCard by the holder's PIN", () => {
  it("opens the card by PACE, and the evidence says by what, without the PIN", async () => {
    const card = await reader()(pin);
    expect(card.evidence).toMatchObject({ accessControl: "PACE", pace: { password: "pin" } });
    const dg1 = NATIONAL.applications.flatMap(({ files }) => files).find(({ name }) => name === "EF.DG1");
    expect(card.files["EF.DG1"]).toEqual(dg1?.content);
    expect(JSON.stringify(readingEvidenceJson(card.evidence))).not.toContain(pin);
  });

  it("stops at a wrong one, each costing one try, and does not use up the last", async () => {
    const read = reader();
    for (const sw of [0x63c2, 0x63c1]) {
      const error = await rejectionOf(read(WRONG));
      expect(error).toMatchObject({ code: "PACE_FAILED", cause: { sw } });
      expect(String(error)).not.toContain(WRONG);
    }
    for (const secret of [WRONG, pin]) {
      expect(await rejectionOf(read(secret))).toMatchObject({ code: "PACE_PASSWORD_SUSPENDED" });
    }
  });

  it("refuses what cannot be a PIN before the card hears of it, without repeating it", async () => {
    const error = await rejectionOf(Promise.resolve().then(() => reader()("47 11")));
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toContain("accessKey.pin");
    expect(String(error)).not.toContain("47 11");
  });
});
