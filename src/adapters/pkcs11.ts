/**
 * Signing keys in a security module, by PKCS#11: a pool of sessions, the key found once, sessions that die replaced.
 * OASIS PKCS#11 2.40 (CKM_ECDSA, CKM_SHAxxx_RSA_PKCS and _PSS), over the npm package pkcs11js or whatever has its shape.
 * Leaves out making keys, and keys that ask for their PIN at each signature.
 * @module
 */

import { concatBytes } from "../bytes/bytes.js";
import { type HashName, hash } from "../crypto/hash.js";
import { type CurveParametersForm, publicKeyFromSpki, signatureLength } from "../pki/public-key.js";
import { algorithmNames, algorithmRow } from "../pki/signature-algorithm.js";
import type { MaybePromise, SignatureAlgorithmName, Signer } from "../pki/signer.js";
import { bufferOf, findKey, type Pkcs11KeyName, readPublicKey } from "./pkcs11/keys.js";
import { CK, called, logIn, type Pkcs11Module, Pkcs11Refusal, unavailable } from "./pkcs11/module.js";
import { SessionPool } from "./pkcs11/pool.js";

export type { Pkcs11KeyName } from "./pkcs11/keys.js";
export type { Pkcs11Attribute, Pkcs11Module } from "./pkcs11/module.js";

/** Where the key is, and how it is used. */
export interface Pkcs11SignerOptions {
  /**
   * The module, loaded and initialised by the caller, who also ends it: one initialisation serves all signers of a process. It must
   * have been told that threads will be used (`C_Initialize({ flags: CKF_OS_LOCKING_OK })`).
   */
  readonly module: Pkcs11Module;
  /** Label of the token; slots change their numbers, tokens keep their labels. */
  readonly token: string;
  readonly key: Pkcs11KeyName;
  /** The user's PIN, asked for whenever the application has to log in; not kept. */
  readonly pin: () => MaybePromise<string>;
  /** Sessions at most, 4 unless told otherwise: a session signs one message at a time, and mostly has one core of the module. */
  readonly sessions?: number;
  /** Signatures that may wait for a session before further ones are refused; 256 unless told otherwise. */
  readonly waiting?: number;
  /** How often a signature is begun again with a new session when one died; 3 unless told otherwise. */
  readonly retries?: number;
  /** Waits before retry number 1, 2, …; 50 ms, 200 ms, 800 ms … unless told otherwise. */
  readonly pause?: (retry: number) => Promise<void>;
  /** How the signer's `publicKey` states a curve: `explicit`, as ICAO 9303-12 §4.1.6.3 wants it, unless told otherwise. */
  readonly curveParameters?: CurveParametersForm;
  /** The algorithm to prefer. */
  readonly algorithm?: SignatureAlgorithmName;
}

/** A signer over a token; close it when it is no longer needed. */
export interface Pkcs11Signer extends Signer {
  sign(message: Uint8Array, algorithm: SignatureAlgorithmName): Promise<Uint8Array>;
  /** As many signatures as can be under way at once: the concurrency for `signBatch`. */
  readonly concurrency: number;
  /** Lets running signatures end and closes the sessions; signing then is refused. */
  close(): Promise<void>;
}

interface Session {
  readonly handle: Uint8Array;
  readonly key: Uint8Array;
}

/** RSA mechanisms that hash by themselves, and the numbers of the hash functions in their parameters. */
const RSA: Readonly<
  Record<HashName, { readonly pkcs1: number; readonly pss: number; readonly hashAlg: number; readonly mgf: number }>
> = {
  "SHA-224": { pkcs1: 0x46, pss: 0x47, hashAlg: 0x255, mgf: 5 },
  "SHA-256": { pkcs1: 0x40, pss: 0x43, hashAlg: 0x250, mgf: 2 },
  "SHA-384": { pkcs1: 0x41, pss: 0x44, hashAlg: 0x260, mgf: 3 },
  "SHA-512": { pkcs1: 0x42, pss: 0x45, hashAlg: 0x270, mgf: 4 },
};
const DIGEST_BYTES: Readonly<Record<HashName, number>> = { "SHA-224": 28, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };
/** The binding's mark for CK_RSA_PKCS_PSS_PARAMS. */
const CK_PARAMS_RSA_PSS = 5;

/**
 * A signer over a key in a security module.
 *
 * Spec: PKCS#11 2.40 §2.3.6 (ECDSA over a hash made here: r‖s), §2.1.9 and §2.1.12 (RSA).
 *
 * The key is found once and its public half read from the token. Sessions are opened as they are needed. When one dies, because the
 * module was restarted, the token pulled or the connection lost, it is replaced, logging in and finding the key anew, and
 * the signature is made again; so one signature may be made twice, and one of them is lost. Beyond `sessions` at work and
 * `waiting` in the queue, `sign` rejects with `SIGNER_BUSY`.
 *
 * A PIN that was refused is not tried again by this signer, so that the token does not lock itself.
 *
 * @throws {CardwrightError} `SIGNER_UNAVAILABLE` - no such token or key, PIN refused, module out of reach after all retries; the
 *   same from `sign`. `ALGORITHM_UNSUPPORTED` - the key or all its mechanisms are not supported. No error holds the PIN.
 * @throws {RangeError} when the key is not for `options.algorithm`, or no key is named.
 * @example
 * // module: new PKCS11() of pkcs11js; module.load("/usr/lib/softhsm/libsofthsm2.so");
 * // module.C_Initialize({ flags: CKF_OS_LOCKING_OK });
 * const signer = await openPkcs11Signer({ module, token: "documents", key: { label: "ds-07" }, pin });
 */
export async function openPkcs11Signer(options: Pkcs11SignerOptions): Promise<Pkcs11Signer> {
  const { module, token, key: name, pin, sessions = 4, waiting = 256, retries = 3, pause = pauseOf } = options;
  if (name.id === undefined && name.label === undefined)
    throw new RangeError("openPkcs11Signer: key needs an id or a label");
  if (!(Number.isInteger(sessions) && sessions > 0))
    throw new RangeError("openPkcs11Signer: sessions must be 1 or more");

  let pinRefused: Pkcs11Refusal | undefined;
  // What was found with a token, until one of its sessions dies: handles hold for all sessions of an application.
  let found: { readonly slot: Uint8Array; key?: Uint8Array } | undefined;
  let loggingIn: Promise<void> = Promise.resolve();

  const logInOnce = async (handle: Uint8Array): Promise<void> => {
    const { state } = called("C_GetSessionInfo", () => module.C_GetSessionInfo(handle));
    if (state === CK.CKS_RO_USER_FUNCTIONS || state === CK.CKS_RW_USER_FUNCTIONS) return;
    if (pinRefused !== undefined) throw pinRefused;
    const text = await pin();
    try {
      logIn(module, handle, text);
    } catch (error) {
      if (error instanceof Pkcs11Refusal && !error.isGone) pinRefused = error;
      throw error;
    }
  };

  const open = async (): Promise<Session> => {
    found ??= { slot: slotOf(module, token) };
    const at = found;
    const handle = called("C_OpenSession", () => module.C_OpenSession(at.slot, CK.CKF_SERIAL_SESSION));
    try {
      // One after another, so that the PIN is asked for once.
      loggingIn = loggingIn.then(
        () => logInOnce(handle),
        () => logInOnce(handle),
      );
      await loggingIn;
      at.key ??= findKey(module, handle, CK.CKO_PRIVATE_KEY, name);
      return { handle, key: at.key };
    } catch (error) {
      close(module, handle);
      if (isGone(error)) found = undefined;
      throw error;
    }
  };

  const pool = new SessionPool<Session>(
    {
      open,
      close: (session) => {
        close(module, session.handle);
        if (found?.key === session.key) found = undefined;
      },
      isGone,
    },
    { sessions, waiting, retries, pause },
  );

  try {
    return await translated(() =>
      pool.use(async (session) => {
        const publicKey = readPublicKey(module, session.handle, session.key, name, options.curveParameters);
        const mechanisms = called("C_GetMechanismList", () =>
          module.C_GetMechanismList((found as { slot: Uint8Array }).slot),
        );
        return signerOf(module, pool, publicKey, algorithmsOf(publicKey, mechanisms, options.algorithm), sessions);
      }),
    );
  } catch (error) {
    await pool.close();
    throw error;
  }
}

function signerOf(
  module: Pkcs11Module,
  pool: SessionPool<Session>,
  publicKey: Uint8Array,
  algorithms: readonly SignatureAlgorithmName[],
  concurrency: number,
): Pkcs11Signer {
  const size = signatureLength(publicKeyFromSpki(publicKey));
  return {
    publicKey,
    algorithms,
    concurrency,
    async sign(message, algorithm) {
      if (!algorithms.includes(algorithm)) {
        throw new RangeError(`the signer offers ${algorithms.join(", ")}, not ${algorithm}`);
      }
      const { mechanism, data } = requestOf(message, algorithm);
      return translated(() =>
        pool.use(async ({ handle, key }) => {
          called("C_SignInit", () => module.C_SignInit(handle, mechanism, key));
          // Buffers of its own: the module works on them in another thread.
          const out = bufferOf(new Uint8Array(size));
          try {
            return Uint8Array.from(await module.C_SignAsync(handle, data, out));
          } catch (cause) {
            throw new Pkcs11Refusal("C_Sign", cause);
          }
        }),
      );
    },
    close: () => pool.close(),
  };
}

/** What goes to the module: the mechanism, and the message or its hash. */
function requestOf(message: Uint8Array, algorithm: SignatureAlgorithmName) {
  const { family, hash: name } = algorithmRow(algorithm);
  if (family === "ECDSA") {
    // Not every module has ECDSA with a hash function of its own, every one has it without.
    return { mechanism: { mechanism: CK.CKM_ECDSA }, data: bufferOf(hash(name, message)) };
  }
  // A part of something longer: an empty array of its own has no address, which modules refuse.
  const data = bufferOf(concatBytes(message, Uint8Array.of(0)).subarray(0, message.length));
  const row = RSA[name];
  if (family === "RSA") return { mechanism: { mechanism: row.pkcs1 }, data };
  const parameter = { type: CK_PARAMS_RSA_PSS, hashAlg: row.hashAlg, mgf: row.mgf, saltLen: DIGEST_BYTES[name] };
  return { mechanism: { mechanism: row.pss, parameter }, data };
}

function algorithmsOf(
  publicKey: Uint8Array,
  mechanisms: readonly number[],
  wanted: SignatureAlgorithmName | undefined,
): readonly SignatureAlgorithmName[] {
  const key = publicKeyFromSpki(publicKey);
  const names = key.kind === "EC" ? algorithmNames("ECDSA") : algorithmNames("RSASSA-PSS", "RSA");
  const offered = names.filter((name) => mechanisms.includes(mechanismOf(name)));
  const bits = key.kind === "EC" ? 4 * signatureLength(key) : 256;
  const fitting = offered.find(
    (name) => 8 * DIGEST_BYTES[algorithmRow(name).hash] >= Math.min(512, Math.max(256, bits)),
  );
  const preferred = wanted ?? fitting ?? offered[0];
  if (preferred === undefined)
    throw unavailable("The token has no mechanism for this key", "Use another key or token.");
  if (!offered.includes(preferred)) {
    throw new RangeError(`openPkcs11Signer: the key is for ${offered.join(", ")}, not ${preferred}`);
  }
  return [preferred, ...offered.filter((name) => name !== preferred)];
}

function mechanismOf(algorithm: SignatureAlgorithmName): number {
  const { family, hash: name } = algorithmRow(algorithm);
  return family === "ECDSA" ? CK.CKM_ECDSA : family === "RSA" ? RSA[name].pkcs1 : RSA[name].pss;
}

function slotOf(module: Pkcs11Module, token: string): Uint8Array {
  const slots = called("C_GetSlotList", () => module.C_GetSlotList(true));
  const labelOf = (slot: Uint8Array) => called("C_GetTokenInfo", () => module.C_GetTokenInfo(slot)).label.trimEnd();
  const fitting = slots.filter((slot) => labelOf(slot) === token);
  const [slot] = fitting;
  if (slot !== undefined && fitting.length === 1) return slot;
  throw fitting.length === 0
    ? unavailable(`There is no token ${JSON.stringify(token)}`, "Check the label, and that the module sees its slots.")
    : unavailable(`There are several tokens ${JSON.stringify(token)}`, "Give the tokens labels of their own.");
}

const isGone = (error: unknown): boolean => error instanceof Pkcs11Refusal && error.isGone;

/** Sessions that died cannot be closed, and nothing can be done about it. */
function close(module: Pkcs11Module, handle: Uint8Array): void {
  try {
    module.C_CloseSession(handle);
  } catch {
    // gone already
  }
}

/** What the module refused, as a user of the signer sees it. */
async function translated<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Pkcs11Refusal)) throw error;
    const advice = error.message.startsWith("C_Login")
      ? "Check the PIN; it is not tried again by this signer, so that the token does not lock itself."
      : error.isGone
        ? "The token or the way to it failed; look at the module's log, then sign again."
        : "The module refuses; check the key's attributes and the mechanism.";
    throw unavailable(`The security module answered ${error.answer} to ${error.message.split(":")[0]}`, advice, error);
  }
}

function pauseOf(retry: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50 * 4 ** (retry - 1)));
}
