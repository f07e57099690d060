import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../src/bytes/bytes.js";
import {
  deleteObject,
  externalAuthenticate,
  getData,
  getStatus,
  initializeUpdate,
  installForInstall,
  installForPersonalization,
  installParameters,
  putKey,
  selectIssuerSecurityDomain,
  setStatus,
  storeData,
} from "../../../src/gp/terminal/commands.js";
import { vectors, wire } from "../support.js";

const AID = fromHex("A0000002471001");

describe("commands", () => {
  it.each([
    ["SELECT", selectIssuerSecurityDomain(), "00a4040000"],
    ["SELECT by AID", selectIssuerSecurityDomain(fromHex("A000000151000000")), "00a4040008a00000015100000000"],
    ["INITIALIZE UPDATE", initializeUpdate(0x30, fromHex("b13e5f938fc108c4")), "8050300008b13e5f938fc108c400"],
    ["EXTERNAL AUTHENTICATE", externalAuthenticate(0x33, fromHex("0102030405060708")), "80823300080102030405060708"],
    ["GET STATUS", getStatus("applications"), "80f24002024f0000"],
    ["GET STATUS, next", getStatus("loadFiles", { aid: fromHex("A0"), next: true }), "80f22003034f01a000"],
    ["GET DATA 66", getData(0x66), "80ca006600"],
    ["GET DATA CPLC", getData(0x9f7f), "80ca9f7f00"],
    ["DELETE", deleteObject(fromHex("A00100015141434C")), "80e400000a4f08a00100015141434c00"],
    ["DELETE, related", deleteObject(AID, { related: true }), "80e40080094f07a000000247100100"],
    ["SET STATUS, card", setStatus("issuerSecurityDomain", 0x0f), "80f0800f"],
    ["SET STATUS, application", setStatus("applications", 0x83, AID), "80f0408307a0000002471001"],
    ["INSTALL [for personalization]", installForPersonalization(AID), "80e620000d000007a000000247100100000000"],
    [
      "INSTALL [for install and make selectable]",
      installForInstall({ loadFileAid: AID, moduleAid: AID, instanceAid: AID }),
      "80e60c001e07a000000247100107a000000247100107a0000002471001010002c9000000",
    ],
  ])("%s", (_, command, expected) => {
    expect(wire(command)).toBe(expected);
  });

  it("codes P1 of STORE DATA after table 11-89", () => {
    const p1 = (options: Partial<Parameters<typeof storeData>[0]>) =>
      storeData({ block: 0, last: false, encrypted: false, data: AID, ...options }).p1;
    expect(p1({})).toBe(0x08);
    expect(p1({ last: true })).toBe(0x88);
    expect(p1({ encrypted: true })).toBe(0x68);
    expect(p1({ last: true, encrypted: true })).toBe(0xe8);
    expect(p1({ structure: "unspecified" })).toBe(0x00);
    // 80E2910006BF3E035C015A00 of the pySim transcripts
    const getEid = storeData({
      block: 0,
      last: true,
      encrypted: false,
      structure: "ber",
      response: true,
      data: fromHex("BF3E035C015A"),
    });
    expect(wire(getEid)).toBe("80e2910006bf3e035c015a00");
    expect(wire(storeData({ block: 255, last: false, encrypted: false, data: fromHex("12340101") }))).toBe(
      "80e208ff0412340101",
    );
  });

  it.each(
    vectors<{
      vectors: {
        non_volatile_memory_limit?: number;
        volatile_memory_limit?: number;
        system_specific?: string;
        expected: string;
      }[];
    }>("gp/install-parameters-pysim.json").vectors,
  )("install parameters $expected", (v) => {
    const parameters = installParameters({
      ...(v.non_volatile_memory_limit !== undefined && { nonVolatileMemory: v.non_volatile_memory_limit }),
      ...(v.volatile_memory_limit !== undefined && { volatileMemory: v.volatile_memory_limit }),
      ...(v.system_specific !== undefined && { toolkit: fromHex(v.system_specific) }),
    });
    expect(toHex(parameters)).toBe(v.expected);
  });

  it("codes memory above 32,767 in four bytes and application parameters in C9", () => {
    const parameters = installParameters({ application: fromHex("AABB"), nonVolatileMemory: 0x8000 });
    expect(toHex(parameters)).toBe("c902aabbef06c80400008000");
  });

  it("refuses what cannot be sent", () => {
    expect(() => initializeUpdate(0, new Uint8Array(16))).toThrow(RangeError);
    expect(() => initializeUpdate(256, new Uint8Array(8))).toThrow(RangeError);
    expect(() => installForPersonalization(new Uint8Array(4))).toThrow(RangeError);
    expect(() => installForInstall({ loadFileAid: AID, moduleAid: AID, instanceAid: new Uint8Array(17) })).toThrow(
      RangeError,
    );
    expect(() => setStatus("applications", 0x07)).toThrow(RangeError);
    expect(() => storeData({ block: 256, last: true, encrypted: false, data: AID })).toThrow(RangeError);
    expect(() => getData(0x1_0000)).toThrow(RangeError);
    expect(() => putKey({ oldVersion: 0, newVersion: 1, keyId: 1, keys: [] })).toThrow(RangeError);
    expect(() => putKey({ oldVersion: 0, newVersion: 0x80, keyId: 1, keys: [] })).toThrow(RangeError);
  });
});
