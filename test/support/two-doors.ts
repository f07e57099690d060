import type { CardImage } from "../../src/card/image.js";
import { eacPassport } from "../../src/card/profiles/passports.js";
import type { InstalledProtocol } from "../../src/card/protocols.js";
import { issueImage } from "../../src/perso/issue-image.js";
import { CA1, GM } from "./chips.js";
import { AT } from "./national.js";
import { DOCUMENT_SIGNER, FULL } from "./national-image.js";

/** A card that both PACE and BAC open, so that a fall from one to the other has somewhere to go; of the kind that its signer may sign. */
export function twoDoors(more: readonly InstalledProtocol[] = []): CardImage {
  const application = eacPassport.applications[0];
  if (application === undefined) throw new Error("no application");
  const profile = {
    ...eacPassport,
    lds: { ...eacPassport.lds, documentCode: "I", mrz: "TD1" as const, dataGroups: [1, 2, 14] as const },
    applications: [{ ...application, files: application.files.filter(({ name }) => name !== "EF.DG3") }],
  };
  const pace: InstalledProtocol = { ...GM, passwords: ["can"] } as InstalledProtocol;
  const issued = issueImage(FULL, {
    profile,
    documentSigner: DOCUMENT_SIGNER,
    at: AT,
    protocols: [pace, CA1, ...more],
  });
  if (issued instanceof Promise) throw new Error("the signers of the tests answer at once");
  return issued.image;
}
