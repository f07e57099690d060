import { efCardAccess } from "../../lds/card-access.js";
import { efCardSecurity } from "../../lds/card-security.js";
import { after, allOf, always, anyOf, withRight } from "../access-rule.js";
import type { ChipQuirks, FileProfile, Profile } from "../profile.js";
import { PROTOCOL_SECRET_SLOTS } from "../secrets.js";
import { fileAt, ldsOf, PERSONALIZATION, type TravelDocument, travelDocument } from "./travel-document.js";

/** What tells one passport from another. */
interface Passport extends TravelDocument {
  readonly id: string;
  readonly masterFile?: readonly FileProfile[];
  readonly quirks?: ChipQuirks;
}

/** A passport booklet (TD3) whose load file, module and DGI numbers are those of the virtual chip. */
function passport({ id, masterFile, quirks, ...document }: Passport): Profile {
  return {
    id,
    version: "1",
    lds: { ...ldsOf("P", document.dataGroups), mrz: "TD3" },
    applications: [travelDocument({ ...document, ...(masterFile && { secrets: PROTOCOL_SECRET_SLOTS }) })],
    ...(masterFile && { masterFile }),
    capacity: 60_000,
    personalization: PERSONALIZATION,
    ...(quirks && { quirks }),
  };
}

/** A plain ICAO passport of the first years: TD3, EF.DG1 and EF.DG2, Basic Access Control alone, short lengths only. */
export const icaoPassport: Profile = passport({
  id: "icaoPassport",
  dataGroups: [1, 2],
  read: after("BAC"),
  bac: true,
  quirks: { shortLengthsOnly: true },
});

/**
 * A passport that PACE alone opens, with chip authentication mapping: its static key is in EF.CardSecurity, which like EF.DG14
 * is read behind PACE (ICAO 9303-11 §4.4.3.4). The issuer gives EF.CardAccess, EF.CardSecurity and the SecurityInfos of EF.DG14.
 */
export const paceCamPassport: Profile = passport({
  id: "paceCamPassport",
  dataGroups: [1, 2, 14],
  read: after("PACE"),
  bac: false,
  masterFile: [fileAt(efCardAccess, always), fileAt(efCardSecurity, after("PACE"))],
});

const opened = anyOf(after("PACE"), after("BAC"));

/**
 * A passport with extended access control: opened by PACE, or by BAC at terminals that know no other; the fingers in EF.DG3 are
 * for an inspection system with the right to them (ICAO 9303-11 §7.1). The issuer gives EF.CardAccess and the SecurityInfos of EF.DG14.
 */
export const eacPassport: Profile = passport({
  id: "eacPassport",
  dataGroups: [1, 2, 3, 14],
  read: opened,
  sensitive: { 3: allOf(opened, withRight("inspection.readDg3")) },
  bac: true,
  terminals: true,
  masterFile: [fileAt(efCardAccess, always)],
});
