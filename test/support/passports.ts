import type { CardImage, ChipSecrets } from "../../src/card/image.js";
import type { Profile } from "../../src/card/profile.js";
import { eacPassport, icaoPassport, paceCamPassport } from "../../src/card/profiles/passports.js";
import type { InstalledProtocol } from "../../src/card/protocols.js";
import { issueImage } from "../../src/perso/issue-image.js";
import type { CvCertificate } from "../../src/pki/cvc/certificate.js";
import { CA1, CAM, CVCAS, GM, SECRETS, TA1 } from "./chips.js";
import { AT } from "./national.js";
import { DOCUMENT_SIGNER, FULL } from "./national-image.js";

/** A card of a profile, as it is issued. */
export interface IssuedPassport {
  readonly profile: Profile;
  readonly image: CardImage;
  readonly secrets: ChipSecrets;
}

/** As it is issued; its chip is given the trust points of the tests, and EF.CVCA is to name `trustPoints`. */
export function passport(
  profile: Profile,
  protocols?: readonly InstalledProtocol[],
  trustPoints: readonly CvCertificate[] | undefined = [CVCAS.AT.certificate, CVCAS.IS.certificate],
): IssuedPassport {
  const installed = protocols && { protocols, trustPoints };
  const options = { profile, documentSigner: DOCUMENT_SIGNER, at: AT, ...installed };
  const issued = issueImage(FULL, options);
  if (issued instanceof Promise) throw new Error("the signers of the tests answer at once");
  return { profile, image: issued.image, secrets: SECRETS };
}

export const ICAO = passport(icaoPassport);
export const PACE_CAM = passport(paceCamPassport, [CAM, { ...GM, passwords: ["can"] } as InstalledProtocol, CA1]);
export const EAC = passport(eacPassport, [{ ...GM, passwords: ["can"] } as InstalledProtocol, CA1, TA1]);
