import { describe, expect, it } from "vitest";
import { fromHex } from "../../src/bytes/bytes.js";
import { CheckList } from "../../src/inspect/report.js";
import { checkMasterFileGiven, checkUnsignedFiles } from "../../src/inspect/unsigned-files.js";
import type { SecurityInfo } from "../../src/lds/security-info-content.js";
import { encodeSecurityInfos, parseSecurityInfos } from "../../src/lds/security-infos.js";

const DIRECTORY = fromHex("61094f07a0000002471001");
const ATR_INFO = fromHex("4703010203");
const signed = (efDir: Uint8Array): readonly SecurityInfo[] =>
  parseSecurityInfos(encodeSecurityInfos([{ kind: "efDirInfo", protocol: "2.23.136.1.1.13", efDir }])).infos;

function checksOf(files: Readonly<Record<string, Uint8Array>>, cardSecurity: readonly SecurityInfo[] = []) {
  const list = new CheckList();
  const evidence = { accessControl: "PACE", notGiven: [], notAsked: [] } as const;
  checkUnsignedFiles(list, { files, evidence }, { dg14: [], cardSecurity });
  return list.checks.map(({ id, status, path }) => `${id} ${status} ${path}`);
}

describe("files that are read before there is a session", () => {
  it("are said to be unproved, when they were read", () => {
    expect(checksOf({ "EF.DG1": ATR_INFO })).toEqual([]);
    expect(checksOf({ "EF.ATR/INFO": ATR_INFO })).toEqual(["masterFile.unsigned notChecked EF.ATR/INFO"]);
    expect(checksOf({ "EF.ATR/INFO": ATR_INFO, "EF.DIR": DIRECTORY })).toEqual([
      "masterFile.unsigned notChecked EF.ATR/INFO, EF.DIR",
    ]);
  });

  it("EF.DIR is held against its signed copy", () => {
    expect(checksOf({ "EF.DIR": DIRECTORY }, signed(DIRECTORY))).toEqual([]);
    expect(checksOf({ "EF.ATR/INFO": ATR_INFO, "EF.DIR": DIRECTORY }, signed(DIRECTORY))).toEqual([
      "masterFile.unsigned notChecked EF.ATR/INFO",
    ]);
    expect(checksOf({ "EF.DIR": DIRECTORY }, signed(DIRECTORY.subarray(0, -1)))).toEqual([
      "masterFile.unsigned failed EF.DIR",
    ]);
    expect(checksOf({}, signed(DIRECTORY))).toEqual([]);
  });
});

describe("files of the master file that the chip kept back", () => {
  const checksWith = (...answers: readonly (readonly [string, number])[]) => {
    const list = new CheckList();
    const masterFileNotGiven = answers.map(([name, sw]) => ({ name, sw }));
    const evidence = { accessControl: "PACE", notGiven: [], notAsked: [], masterFileNotGiven } as const;
    checkMasterFileGiven(list, { files: {}, evidence });
    return list.checks.map(({ id, status, path, message }) => ({ id, status, path, message }));
  };

  it("are told, unless the chip says that it has none", () => {
    expect(checksWith()).toEqual([]);
    expect(checksWith(["EF.DIR", 0x6a82])).toEqual([]);
    expect(checksWith(["EF.DIR", 0x6a82], ["EF.CardSecurity", 0x6700], ["EF.ATR/INFO", 0x6982])).toEqual([
      {
        id: "masterFile.notGiven",
        status: "notChecked",
        path: "EF.CardSecurity, EF.ATR/INFO",
        message: expect.stringContaining("EF.CardSecurity (6700) and EF.ATR/INFO (6982)"),
      },
    ]);
  });
});
