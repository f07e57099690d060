import type { CardImage, ChipSecrets } from "../../src/card/image.js";
import type { Profile } from "../../src/card/profile.js";
import { eacPassport, icaoPassport, paceCamPassport } from "../../src/card/profiles/passports.js";
import type { InstalledProtocol } from "../../src/card/protocols.js";
import { issueImage } from "../../src/perso/issue-image.js";
import { CA1, CAM, GM, SECRETS, TA1 } from "./chips.js";
import { AT } from "./national.js";
import { DOCUMENT_SIGNER, FULL } from "./national-image.js";

/** A card of a profile, as it is issued. */
export interface IssuedPassport {
  readonly profile: Profile;
  readonly image: CardImage;
  readonly secrets: ChipSecrets;
}

function passport(profile: Profile, protocols?: readonly InstalledProtocol[]): IssuedPassport {
  const options = { profile, documentSigner: DOCUMENT_SIGNER, at: AT, ...(protocols && { protocols }) };
  const issued = issueImage(FULL, options);
  if (issued instanceof Promise) throw new Error("the signers of the tests answer at once");
  return { profile, image: issued.image, secrets: SECRETS };
}

export const ICAO = passport(icaoPassport);
export const PACE_CAM = passport(paceCamPassport, [CAM, { ...GM, passwords: ["can"] } as InstalledProtocol, CA1]);
export const EAC = passport(eacPassport, [{ ...GM, passwords: ["can"] } as InstalledProtocol, CA1, TA1]);
