import { CardwrightError } from "../../errors.js";

/** One attribute of an object of a token. */
export interface Pkcs11Attribute {
  readonly type: number;
  readonly value?: number | boolean | string | Uint8Array;
}

/** What is used of a loaded and initialised Cryptoki module: an object of `pkcs11js` fits. Sessions, slots and objects are handles. */
export interface Pkcs11Module {
  /** Slots, those with a token only. */
  C_GetSlotList(tokenPresent: boolean): readonly Uint8Array[];
  /** Label of the token in a slot. */
  C_GetTokenInfo(slot: Uint8Array): { readonly label: string };
  /** Mechanisms of a token. */
  C_GetMechanismList(slot: Uint8Array): readonly number[];
  /** Opens a session with a token. */
  C_OpenSession(slot: Uint8Array, flags: number): Uint8Array;
  /** Closes a session. */
  C_CloseSession(session: Uint8Array): void;
  /** State of a session. */
  C_GetSessionInfo(session: Uint8Array): { readonly state: number };
  /** Logs the user in with a PIN. */
  C_Login(session: Uint8Array, userType: number, pin: string): void;
  /** Begins a search by attributes. */
  C_FindObjectsInit(session: Uint8Array, template: Pkcs11Attribute[]): void;
  /** The next objects of the search. */
  C_FindObjects(session: Uint8Array, most: number): readonly Uint8Array[];
  /** Ends the search. */
  C_FindObjectsFinal(session: Uint8Array): void;
  /** Values of attributes of an object. */
  C_GetAttributeValue(
    session: Uint8Array,
    object: Uint8Array,
    template: Pkcs11Attribute[],
  ): readonly { readonly type: number; readonly value: Uint8Array }[];
  /** Begins a signature with a key. */
  C_SignInit(
    session: Uint8Array,
    mechanism: { mechanism: number; parameter?: { type: number; hashAlg: number; mgf: number; saltLen: number } },
    key: Uint8Array,
  ): void;
  /** Makes the signature, off the main thread. */
  C_SignAsync(session: Uint8Array, data: Uint8Array, out: Uint8Array): Promise<Uint8Array>;
}

/** Constants of PKCS#11 2.40, by their names there. */
export const CK = {
  CKF_SERIAL_SESSION: 0x4,
  CKU_USER: 1,
  CKS_RO_USER_FUNCTIONS: 1,
  CKS_RW_USER_FUNCTIONS: 3,
  CKA_CLASS: 0x0,
  CKA_LABEL: 0x3,
  CKA_ID: 0x102,
  CKA_KEY_TYPE: 0x100,
  CKA_MODULUS: 0x120,
  CKA_PUBLIC_EXPONENT: 0x122,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKO_PUBLIC_KEY: 2,
  CKO_PRIVATE_KEY: 3,
  CKK_RSA: 0,
  CKK_EC: 3,
  CKM_ECDSA: 0x1041,
} as const;

const CKR_USER_ALREADY_LOGGED_IN = 0x100;

/**
 * Return values after which a session, or all that hangs on it, is gone: another one may work. Whatever else a module answers
 * would be answered again.
 */
const GONE: ReadonlySet<number> = new Set([
  0x05, // CKR_GENERAL_ERROR: what network modules answer when the connection broke
  0x06, // CKR_FUNCTION_FAILED
  0x30, // CKR_DEVICE_ERROR
  0x32, // CKR_DEVICE_REMOVED
  0x60, // CKR_KEY_HANDLE_INVALID
  0x82, // CKR_OBJECT_HANDLE_INVALID
  0x90, // CKR_OPERATION_ACTIVE
  0x91, // CKR_OPERATION_NOT_INITIALIZED
  0xb0, // CKR_SESSION_CLOSED
  0xb3, // CKR_SESSION_HANDLE_INVALID
  0xe0, // CKR_TOKEN_NOT_PRESENT
  0xe1, // CKR_TOKEN_NOT_RECOGNIZED
  0x03, // CKR_SLOT_ID_INVALID
  0x101, // CKR_USER_NOT_LOGGED_IN
]);

/** A call that the module refused: what was called and what it answered, and nothing of what it was called with. */
export class Pkcs11Refusal extends Error {
  /** Return value; -1 when the binding gave none. */
  readonly value: number;
  readonly answer: string;

  constructor(call: string, cause: unknown) {
    const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
    const value = typeof code === "number" ? code : -1;
    // Of the binding's own text only the name of a return value is taken, as nobody knows what else it may hold.
    const name = /CKR_[A-Z0-9_]+/.exec(String(message))?.[0];
    const answer = name ?? (value < 0 ? "an error that is no return value of PKCS#11" : `0x${value.toString(16)}`);
    super(`${call}: ${answer}`);
    this.value = value;
    this.answer = answer;
  }

  /** Whether a new session may do better. */
  get isGone(): boolean {
    return GONE.has(this.value);
  }
}

/** Runs a call of the module and turns what it throws into a {@link Pkcs11Refusal}. */
export function called<T>(call: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new Pkcs11Refusal(call, cause);
  }
}

/** C_Login, which answers with an error when the application is logged in already. */
export function logIn(module: Pkcs11Module, session: Uint8Array, pin: string): void {
  try {
    called("C_Login", () => module.C_Login(session, CK.CKU_USER, pin));
  } catch (error) {
    if (!(error instanceof Pkcs11Refusal) || error.value !== CKR_USER_ALREADY_LOGGED_IN) throw error;
  }
}

/** What a user of the signer sees. */
export function unavailable(problem: string, advice: string, cause?: Pkcs11Refusal): CardwrightError {
  return new CardwrightError("SIGNER_UNAVAILABLE", `${problem}. ${advice}`, cause === undefined ? {} : { cause });
}
