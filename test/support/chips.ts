import { chipAuthenticationOffers } from "../../src/access/chip-authentication/shared.js";
import { openChipAuthentication } from "../../src/access/chip-authentication/terminal.js";
import type { ComparisonStatement } from "../../src/access/eid/terminal.js";
import { type PaceOffer, type PacePassword, paceOffers } from "../../src/access/pace/shared.js";
import { openPace, type PaceResult } from "../../src/access/pace/terminal.js";
import { encodeAuxiliaryData } from "../../src/access/terminal-authentication/messages.js";
import { authenticateTerminal } from "../../src/access/terminal-authentication/terminal.js";
import { type CommandApdu, commandApdu, encodeCommand, parseResponse, type ResponseApdu } from "../../src/apdu/apdu.js";
import { readBinaryBySfi, selectApplication, selectFile, selectMasterFile } from "../../src/apdu/commands.js";
import { type Exchange, run, runSync, type SyncExchange } from "../../src/apdu/exchange.js";
import { type SecureSession, secured } from "../../src/apdu/session.js";
import { send } from "../../src/apdu/status.js";
import { concatBytes, utf8 } from "../../src/bytes/bytes.js";
import { type CardImage, type ChipSecrets, fileOf } from "../../src/card/image.js";
import { NATIONAL_ID_AID } from "../../src/card/profiles/national-id/profile.js";
import type { InstalledProtocol } from "../../src/card/protocols.js";
import { CHIP_SECRETS } from "../../src/card/secrets.js";
import { virtualChannel } from "../../src/chip/channel.js";
import { VirtualChip } from "../../src/chip/virtual-chip.js";
import { exportEcScalar, generateEcPrivateKey } from "../../src/crypto/ecdsa.js";
import { EphemeralKey } from "../../src/crypto/key-agreement.js";
import { parseSecurityInfos } from "../../src/lds/security-infos.js";
import { issueNationalImage } from "../../src/perso/issue-national-image.js";
import { parseCms } from "../../src/pki/cms.js";
import { buildChat, type CvcRole, chatContent } from "../../src/pki/cvc/chat.js";
import { TERMINAL_TYPES, type TerminalTypeName } from "../../src/pki/cvc/terminal-types.js";
import { encodePkcs8 } from "../../src/pki/pkcs8.js";
import { encodeSpki } from "../../src/pki/public-key.js";
import { dataObject, encodeObject } from "../../src/tlv/file.js";
import { newCvca, newHolder, newTerminal, type Party } from "../pki/cvc/support.js";
import { FULL, ISSUING } from "./national-image.js";

export const SECRET_NUMBERS = { can: "483921", pin: "4711", puk: "12345678", signature: "271828" } as const;

const CURVE = "brainpoolP256r1";
const keyPair = (curve: "brainpoolP256r1" | "P-256" = CURVE) => {
  const key = generateEcPrivateKey(curve);
  return { key, scalar: exportEcScalar(key), spki: encodeSpki(curve, key.point) };
};
const [caKey, camKey, riKey, aaKey] = [keyPair(), keyPair(), keyPair(), keyPair("P-256")];
export const RI_POINT = riKey.key.point;

const ID_PACE = "0.4.0.127.0.7.2.2.4";
const ID_CA = "0.4.0.127.0.7.2.2.3";
export const GM: InstalledProtocol = {
  kind: "pace",
  protocol: `${ID_PACE}.2.2`,
  parameterId: 13,
  passwords: ["can", "pin", "puk"],
};
export const CAM: InstalledProtocol = {
  kind: "pace",
  protocol: `${ID_PACE}.6.2`,
  parameterId: 13,
  publicKey: camKey.spki,
  passwords: ["can"],
};
export const CA1: InstalledProtocol = {
  kind: "chipAuthentication",
  protocol: `${ID_CA}.2.2`,
  version: 1,
  keyId: 1,
  publicKey: caKey.spki,
  parameterId: 13,
};
export const CA2: InstalledProtocol = { ...CA1, version: 2 };
export const TA1: InstalledProtocol = { kind: "terminalAuthentication", version: 1 };
export const TA2: InstalledProtocol = { kind: "terminalAuthentication", version: 2 };
export const AA: InstalledProtocol = {
  kind: "activeAuthentication",
  publicKey: aaKey.spki,
  signatureAlgorithm: "0.4.0.127.0.7.1.1.4.1.3",
};
export const RI: InstalledProtocol = {
  kind: "restrictedIdentification",
  protocol: "0.4.0.127.0.7.2.2.5.2.3",
  keyId: 1,
  parameterId: 13,
  authorizedOnly: true,
};
/** What the national card of the tests speaks. */
export const NATIONAL_PROTOCOLS: readonly InstalledProtocol[] = [
  GM,
  CA1,
  CA2,
  TA1,
  TA2,
  AA,
  RI,
  { kind: "signaturePin" },
];

const rightsOf = (type: TerminalTypeName) =>
  (TERMINAL_TYPES.find(({ name }) => name === type)?.rights ?? []).filter((right) => !right.startsWith("rfu"));
export const chat = (role: CvcRole, type: TerminalTypeName, rights: readonly string[] = rightsOf(type)) =>
  buildChat({ terminalType: type, role, rights });
export const CVCAS = {
  AT: await newCvca({ chr: "UTATCVCA00001", chat: chat("cvca", "AT") }),
  IS: await newCvca({ chr: "UTISCVCA00001", chat: chat("cvca", "IS") }),
};
const DVS = {
  AT: await newHolder(CVCAS.AT, { chr: "UTATDV00001", chat: chat("dvDomestic", "AT") }),
  IS: await newHolder(CVCAS.IS, { chr: "UTISDV00001", chat: chat("dvDomestic", "IS") }),
};

/** A terminal with some rights, and its chain. */
export async function terminalWith(
  type: "AT" | "IS",
  rights: readonly string[],
  extra: Parameters<typeof newTerminal>[1] = {},
): Promise<readonly Party[]> {
  const terminal = await newTerminal(DVS[type], {
    chr: `UT${type}TERM00001`,
    chat: chat("terminal", type, rights),
    ...extra,
  });
  return [DVS[type], terminal];
}

const TRUST_POINTS = [CVCAS.AT.certificate, CVCAS.IS.certificate];
/** Secrets by every name that a profile of the tests may ask for. */
export const SECRETS: ChipSecrets = {
  [CHIP_SECRETS.can]: utf8(SECRET_NUMBERS.can),
  [CHIP_SECRETS.pin]: utf8(SECRET_NUMBERS.pin),
  [CHIP_SECRETS.puk]: utf8(SECRET_NUMBERS.puk),
  [CHIP_SECRETS.signaturePin]: utf8(SECRET_NUMBERS.signature),
  [CHIP_SECRETS.chipAuthentication(1)]: caKey.scalar,
  [CHIP_SECRETS.chipAuthentication(13)]: camKey.scalar,
  [CHIP_SECRETS.restrictedIdentification(1)]: riKey.scalar,
  [CHIP_SECRETS.activeAuthentication]: encodePkcs8(aaKey.key),
  [CHIP_SECRETS.trustPoints]: concatBytes(...TRUST_POINTS.map(({ raw }) => raw)),
};

/** A national card as it is issued, with everything that it speaks. */
export function nationalImage(protocols = NATIONAL_PROTOCOLS): CardImage {
  const { securityInfos: _infos, activeAuthenticationKey: _key, ...rest } = ISSUING;
  const issued = issueNationalImage(FULL, { ...rest, protocols, trustPoints: TRUST_POINTS });
  if (issued instanceof Promise) throw new Error("the signers of the tests answer at once");
  return issued.image;
}
export const NATIONAL = nationalImage();
export const nationalChip = (secrets: ChipSecrets = SECRETS): VirtualChip => VirtualChip.fromImage(NATIONAL, secrets);

export const on = <T>(chip: VirtualChip, exchange: SyncExchange<T>): T =>
  runSync((bytes) => chip.transmit(bytes), exchange);
export const onAsync = <T>(chip: VirtualChip, exchange: Exchange<T>): Promise<T> => run(virtualChannel(chip), exchange);
export const inside = <T>(chip: VirtualChip, session: SecureSession, exchange: SyncExchange<T>): T =>
  on(chip, secured(session, exchange));
export const raw = (chip: VirtualChip, command: CommandApdu): ResponseApdu =>
  parseResponse(chip.transmit(encodeCommand(command)));
export const told = (chip: VirtualChip, session: SecureSession, command: CommandApdu): ResponseApdu =>
  session.unwrap(raw(chip, session.wrap(command)));
/** Status word of a read, or the bytes. */
export function* readFile(aid: Uint8Array, fid: number, ne = 8): SyncExchange<Uint8Array | number> {
  yield* send(selectApplication(aid), "SELECT");
  yield* send(selectFile(fid), "SELECT EF");
  const { data, sw } = yield commandApdu(0, 0xb0, 0, 0, undefined, ne);
  return sw === 0x9000 ? data : sw;
}
export const readNational = (chip: VirtualChip, session: SecureSession, fid: number): Uint8Array | number =>
  inside(chip, session, readFile(NATIONAL_ID_AID, fid));

export function offers(chip: VirtualChip): readonly PaceOffer[] {
  raw(chip, selectMasterFile());
  const { data } = raw(chip, readBinaryBySfi(0x1c, 0, 65_536));
  return paceOffers(parseSecurityInfos(data).infos);
}

const template = dataObject("CHAT", 0x7f4c, chatContent);
export const chatBytes = (parties: readonly Party[]): Uint8Array =>
  encodeObject(template, (parties.at(-1) as Party).certificate.chat);

export function pace(
  chip: VirtualChip,
  password: PacePassword,
  options: { chat?: Uint8Array; lastTry?: boolean } = {},
): PaceResult {
  return on(chip, openPace(offers(chip)[0] as PaceOffer, password, options));
}

export const CAN = { kind: "can", secret: SECRET_NUMBERS.can } as const;
export const PIN = { kind: "pin", secret: SECRET_NUMBERS.pin } as const;
export const PUK = { kind: "puk", secret: SECRET_NUMBERS.puk } as const;

/** PACE, terminal authentication 2 and, unless told otherwise, chip authentication 2. */
export async function openAsTerminal(
  chip: VirtualChip,
  parties: readonly Party[],
  options: {
    password?: PacePassword;
    statements?: readonly ComparisonStatement[];
    chipAuthentication?: boolean;
    image?: CardImage;
  } = {},
): Promise<SecureSession> {
  const { password = CAN, statements = [], chipAuthentication = true, image = NATIONAL } = options;
  const opened = pace(chip, password, { chat: chatBytes(parties) });
  const security = parseSecurityInfos(signedInfos(image)).infos;
  const offer = chipAuthenticationOffers(security).find(({ version }) => version === 2);
  if (offer === undefined) throw new Error("no chip authentication 2");
  const ephemeral = new EphemeralKey(offer.group);
  const certificates = parties.map(({ certificate }) => certificate);
  const { signer } = parties.at(-1) as Party;
  const { session, idIc } = opened;
  await onAsync(
    chip,
    secured(
      session,
      authenticateTerminal(
        { certificates, signer },
        {
          version: 2,
          idIc,
          compressedKey: ephemeral.compressed,
          ...(statements.length > 0 && { auxiliaryData: encodeAuxiliaryData(statements) }),
        },
      ),
    ),
  );
  if (!chipAuthentication) return session;
  return inside(chip, session, openChipAuthentication(offer, { ephemeral })).session;
}

/** SecurityInfos inside EF.CardSecurity of an image. */
function signedInfos(image: CardImage): Uint8Array {
  return parseCms(fileOf(image, "EF.CardSecurity") as Uint8Array).eContent;
}
