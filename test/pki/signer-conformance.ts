import { describe, expect, it } from "vitest";
import type { Signer } from "../../src/pki/signer.js";
import { SIGNER_REQUIREMENTS } from "../../src/testing/signer-conformance.js";

/** The requirements of the port, as tests of one implementation. */
export function signerConformance(name: string, open: () => Signer | Promise<Signer>): void {
  describe(`${name} is a Signer: it`, () => {
    it.each(SIGNER_REQUIREMENTS)("$name", async ({ run }) => {
      await expect(run(await open())).resolves.toBeUndefined();
    });
  });
}
