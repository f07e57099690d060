import { SW } from "../apdu/status.js";
import { equalBytes } from "../bytes/bytes.js";
import { efAtrInfo } from "../lds/atr-info.js";
import { efDir } from "../lds/dir.js";
import type { CardFiles } from "./card-files.js";
import type { SignedInfos } from "./chip.js";
import type { CheckList } from "./report.js";

/**
 * Says of files that are read before a session protects anything, and that nothing signs, that nothing was shown about them. EF.DIR may
 * have a signed copy in EF.CardSecurity, which it has to be equal to.
 *
 * Spec: ICAO 9303-10 §3.11.1 and §3.11.2; 9303-11 §9.2.10 (EFDIRInfo).
 */
export function checkUnsignedFiles(list: CheckList, { files }: CardFiles, { cardSecurity }: SignedInfos): void {
  const directory = files[efDir.name];
  const copy = cardSecurity.find((info) => info.kind === "efDirInfo");
  const base = { id: "masterFile.unsigned", spec: "ICAO 9303-10 §3.11.1, §3.11.2" };
  if (directory !== undefined && copy !== undefined && !equalBytes(directory, copy.efDir)) {
    const message = "EF.DIR is not what EF.CardSecurity repeats of it: somebody may be in between.";
    list.add({ ...base, path: efDir.name, status: "failed", message }, false);
    return;
  }
  const open = copy === undefined ? [efAtrInfo, efDir] : [efAtrInfo];
  const names = open.map(({ name }) => name).filter((name) => files[name] !== undefined);
  if (names.length === 0) return;
  const message = `Nothing signs ${names.join(" and ")}: somebody in between can have changed or made them up.`;
  list.add({ ...base, path: names.join(", "), status: "notChecked", message }, false);
}

/**
 * Names files of the master file that a chip has and did not give. One that it says it has not (6A82) is none; EF.CardSecurity may need a
 * right, and anything else is a fault of the chip or of somebody in between.
 */
export function checkMasterFileGiven(list: CheckList, { evidence }: CardFiles): void {
  const refused = (evidence.masterFileNotGiven ?? []).filter(({ sw }) => sw !== SW.FILE_NOT_FOUND);
  if (refused.length === 0) return;
  const names = refused.map(({ name }) => name).join(", ");
  const answers = refused.map(({ name, sw }) => `${name} (${sw.toString(16).toUpperCase()})`).join(" and ");
  const message = `The chip did not give ${answers}, and does not say that there is none: nothing is known of what stands there.`;
  list.add(
    { id: "masterFile.notGiven", spec: "ICAO 9303-10 §3.11", path: names, status: "notChecked", message },
    false,
  );
}
