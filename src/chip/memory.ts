import { fromHex, toHex } from "../bytes/bytes.js";
import { type RandomSource, systemRandom } from "../bytes/random.js";
import { accessSecretsOf, type CardImage, type ChipSecrets, DOCUMENT_BASIC_ACCESS } from "../card/image.js";
import type { ChipQuirks, Profile } from "../card/profile.js";
import { CardwrightError } from "../errors.js";
import type { Scp03StaticKeys } from "../gp/chip/scp03.js";
import { doorsOf } from "./doors.js";
import { counterIn } from "./renewal.js";
import type { ChipApplication, ChipMemory } from "./state.js";

/** AID of the issuer security domain when none is given. */
const ISSUER_SECURITY_DOMAIN = fromHex("a000000151000000");

/** DGI of file control parameters in profiles without applications. */
const FILE_DGI = 0x0062;

/** Capacity of a chip that was made from an image: what a large one has. */
const MAX_IMAGE = 160_000;

/** What a chip is when it leaves its maker. */
export interface BlankChipOptions {
  /** Whose applications are on the chip as code, ready to be installed. */
  readonly profile: Profile;
  /** Key diversification data, 10 bytes: the chip's serial for the key service. */
  readonly kdd: Uint8Array;
  /** Keys of the issuer security domain by version. */
  readonly keySets: ReadonlyMap<number, Scp03StaticKeys>;
  readonly random?: RandomSource;
}

/** What is in a chip that its maker delivers. */
export function blankMemory(options: BlankChipOptions): ChipMemory {
  const { profile, kdd, keySets, random = systemRandom } = options;
  if (kdd.length !== 10) throw new RangeError(`VirtualChip.blank: kdd has ${kdd.length} bytes, not 10`);
  return {
    kdd: kdd.slice(),
    issuerSecurityDomain: ISSUER_SECURITY_DOMAIN,
    keySets: new Map(keySets),
    counters: new Map(),
    failures: new Map(),
    applications: new Map(),
    masterFile: new Map(),
    masterFileProfile:
      profile.masterFile === undefined
        ? undefined
        : { files: profile.masterFile, secrets: [], fileDgi: profile.applications[0]?.fileDgi ?? FILE_DGI },
    doors: doorsOf({ applications: [] }, {}),
    quirks: profile.quirks ?? {},
    modules: new Map(profile.applications.map((application) => [toHex(application.install.module), application])),
    capacity: profile.capacity,
    random,
    cardLifeCycle: 0x01,
  };
}

/** What is in a finished chip; see `VirtualChip.fromImage`. */
export function memoryOfImage(
  image: CardImage,
  secrets: ChipSecrets,
  options: { random?: RandomSource; quirks?: ChipQuirks },
): ChipMemory {
  const follows = image.applications.some(({ secrets }) => secrets.includes(DOCUMENT_BASIC_ACCESS));
  const known: ChipSecrets =
    follows && secrets[DOCUMENT_BASIC_ACCESS] === undefined ? { ...secrets, ...accessSecretsOf(image) } : secrets;
  const applications = image.applications.map((application): [string, ChipApplication] => {
    const files = new Map(application.files.map((file) => [file.fid, file]));
    return [
      toHex(application.aid),
      {
        aid: application.aid,
        profile: undefined,
        files,
        ...(application.functions && { functions: application.functions }),
        counter: counterIn(files, application.functions),
        secrets: new Map(
          application.secrets.map((name) => {
            const secret = known[name];
            if (secret === undefined) {
              throw new CardwrightError("SECRET_UNKNOWN", `the image names a secret "${name}", which was not given`);
            }
            return [name, secret.slice()];
          }),
        ),
        lifeCycle: 0x0f,
      },
    ];
  });
  return {
    kdd: new Uint8Array(10),
    issuerSecurityDomain: ISSUER_SECURITY_DOMAIN,
    keySets: new Map(),
    counters: new Map(),
    failures: new Map(),
    applications: new Map(applications),
    masterFile: new Map(image.masterFile?.map((file) => [file.fid, file])),
    masterFileProfile: undefined,
    doors: doorsOf(image, known),
    quirks: options.quirks ?? {},
    modules: new Map(),
    capacity: MAX_IMAGE,
    random: options.random ?? systemRandom,
    cardLifeCycle: 0x0f,
  };
}
