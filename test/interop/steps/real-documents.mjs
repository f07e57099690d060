// Security objects of real document series. They are not ours to publish, so they lie outside the repository, in the folder
// that CARDWRIGHT_DOCUMENTS names, or ../shared/vectors/lds/sod.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assert, ROOT } from "../lib.mjs";

const FOLDER = process.env.CARDWRIGHT_DOCUMENTS ?? join(ROOT, "../shared/vectors/lds/sod");

export default async function realDocuments({ check, leftOut }) {
  const name = "EF.SOD of real document series: a value, or a refusal that says where";
  if (!existsSync(FOLDER)) {
    leftOut(
      name,
      "these files are not in the repository, as they are not ours to publish; CARDWRIGHT_DOCUMENTS names their folder",
    );
    return;
  }
  await check(name, async () => {
    const { efSod } = await import("cardwright/lds");
    const { parseFile } = await import("cardwright/tlv");
    const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith("EF.SOD.bin"),
    );
    assert(files.length > 0, `no EF.SOD.bin below ${FOLDER}`);
    let refused = 0;
    for (const file of files) {
      try {
        parseFile(efSod, new Uint8Array(readFileSync(join(FOLDER, file))));
      } catch (error) {
        const located = error?.name === "MalformedError" && error.path !== undefined && error.offset !== undefined;
        assert(located, `${file}: ${error?.stack}`);
        refused++;
      }
    }
    return `${files.length - refused} read, ${refused} refused`;
  });
}
