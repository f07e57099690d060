import { constants, createPrivateKey, generateKeyPairSync, type KeyObject, sign as nodeSign } from "node:crypto";
import { p256 } from "@noble/curves/nist.js";
import type { Pkcs11Attribute, Pkcs11Module } from "../../src/adapters/pkcs11.js";

/** What a binding throws. */
export class CkError extends Error {
  readonly code: number;

  constructor(name: string, code: number) {
    super(name);
    this.code = code;
  }
}

export const CKR = {
  SESSION_HANDLE_INVALID: ["CKR_SESSION_HANDLE_INVALID", 0xb3],
  DEVICE_REMOVED: ["CKR_DEVICE_REMOVED", 0x32],
  TOKEN_NOT_PRESENT: ["CKR_TOKEN_NOT_PRESENT", 0xe0],
  PIN_INCORRECT: ["CKR_PIN_INCORRECT", 0xa0],
  USER_NOT_LOGGED_IN: ["CKR_USER_NOT_LOGGED_IN", 0x101],
  KEY_HANDLE_INVALID: ["CKR_KEY_HANDLE_INVALID", 0x60],
  MECHANISM_INVALID: ["CKR_MECHANISM_INVALID", 0x70],
  OPERATION_NOT_INITIALIZED: ["CKR_OPERATION_NOT_INITIALIZED", 0x91],
} as const;

const refuse = ([name, code]: readonly [string, number]): never => {
  throw new CkError(name, code);
};

/** An object of the token: its attributes by number. */
type TokenObject = ReadonlyMap<number, Uint8Array | number>;

const [CLASS, LABEL, ID, KEY_TYPE, MODULUS, EXPONENT, EC_PARAMS, EC_POINT] = [
  0x0, 0x3, 0x102, 0x100, 0x120, 0x122, 0x180, 0x181,
];

/** A token in memory with one P-256 key `ec` (id 01) and one RSA key `rsa` (id 02), which does what PKCS#11 says, and breaks on demand. */
export class FakeToken implements Pkcs11Module {
  label = "documents";
  pin = "4711";
  mechanisms = [0x1041, 0x40, 0x41, 0x43, 0x45];
  /** What was called, by name. */
  readonly calls = new Map<string, number>();
  /** Sessions at work at once, and the most there were. */
  working = 0;
  mostWorking = 0;
  /** Waits before a signature is there. */
  delay: () => Promise<void> = async () => {};
  /** Refuses calls of that name with that value, so many times. */
  readonly failing = new Map<string, { value: readonly [string, number]; times: number }>();
  readonly #objects: TokenObject[] = [];
  readonly #sessions = new Map<number, { key?: TokenObject; mechanism?: number; found?: Uint8Array[] }>();
  readonly #secret = p256.utils.randomSecretKey();
  readonly #rsa: KeyObject;
  #loggedIn = false;
  #next = 1;
  #epoch = 0;

  constructor() {
    const point = p256.getPublicKey(this.#secret, false);
    const text = (value: string) => new TextEncoder().encode(value);
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.#rsa = createPrivateKey(privateKey.export({ format: "pem", type: "pkcs8" }));
    const { n, e } = publicKey.export({ format: "jwk" });
    const number = (value: string | undefined) => Uint8Array.from(Buffer.from(value as string, "base64url"));
    const rows: [number, Uint8Array | number][][] = [3, 2].flatMap((objectClass) => [
      [
        ...([
          [CLASS, objectClass],
          [LABEL, text("ec")],
          [ID, Uint8Array.of(1)],
          [KEY_TYPE, 3],
        ] as [number, number][]),
        [EC_PARAMS as number, Uint8Array.from(Buffer.from("06082a8648ce3d030107", "hex"))],
        [EC_POINT as number, Uint8Array.of(4, 65, ...point)],
      ],
      [
        ...([
          [CLASS, objectClass],
          [LABEL, text("rsa")],
          [ID, Uint8Array.of(2)],
          [KEY_TYPE, 0],
        ] as [number, number][]),
        [MODULUS as number, number(n)],
        [EXPONENT as number, number(e)],
      ],
    ]);
    for (const row of rows) this.#objects.push(new Map(row));
  }

  /** Adds an object like another with other attributes. */
  copyObject(index: number, ...changes: readonly [number, Uint8Array | number][]): void {
    this.#objects.push(new Map([...(this.#objects[index] as TokenObject), ...changes]));
  }

  /** Pulls the token and puts it back: sessions, logins and handles are gone. */
  reset(): void {
    this.#sessions.clear();
    this.#loggedIn = false;
    this.#epoch++;
  }

  get openSessions(): number {
    return this.#sessions.size;
  }

  #call(name: string): void {
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    const failing = this.failing.get(name);
    if (failing === undefined || failing.times <= 0) return;
    failing.times--;
    refuse(failing.value);
  }

  #session(handle: Uint8Array) {
    return this.#sessions.get(Buffer.from(handle).readUInt32BE(4)) ?? refuse(CKR.SESSION_HANDLE_INVALID);
  }

  #handle(number: number): Buffer {
    const handle = Buffer.alloc(8);
    handle.writeUInt32BE(this.#epoch, 0);
    handle.writeUInt32BE(number, 4);
    return handle;
  }

  #object(handle: Uint8Array): TokenObject {
    const buffer = Buffer.from(handle);
    const object = this.#objects[buffer.readUInt32BE(4)];
    return object !== undefined && buffer.readUInt32BE(0) === this.#epoch ? object : refuse(CKR.KEY_HANDLE_INVALID);
  }

  C_GetSlotList(): Uint8Array[] {
    this.#call("C_GetSlotList");
    return [Buffer.from("slot 0"), Buffer.from("slot 1")];
  }

  C_GetTokenInfo(slot: Uint8Array): { label: string } {
    return { label: (Buffer.from(slot).toString() === "slot 1" ? this.label : "another").padEnd(32) };
  }

  C_GetMechanismList(): number[] {
    return this.mechanisms;
  }

  C_OpenSession(): Uint8Array {
    this.#call("C_OpenSession");
    const number = this.#next++;
    this.#sessions.set(number, {});
    return this.#handle(number);
  }

  C_CloseSession(session: Uint8Array): void {
    this.#call("C_CloseSession");
    this.#session(session);
    this.#sessions.delete(Buffer.from(session).readUInt32BE(4));
    if (this.#sessions.size === 0) this.#loggedIn = false;
  }

  C_GetSessionInfo(session: Uint8Array): { state: number } {
    this.#session(session);
    return { state: this.#loggedIn ? 1 : 0 };
  }

  C_Login(session: Uint8Array, _user: number, pin: string): void {
    this.#call("C_Login");
    this.#session(session);
    if (pin !== this.pin) refuse(CKR.PIN_INCORRECT);
    this.#loggedIn = true;
  }

  C_FindObjectsInit(session: Uint8Array, template: Pkcs11Attribute[]): void {
    this.#call("C_FindObjectsInit");
    const same = (has: Uint8Array | number | undefined, value: Pkcs11Attribute["value"]) =>
      value instanceof Uint8Array && has instanceof Uint8Array ? Buffer.compare(has, value) === 0 : has === value;
    this.#session(session).found = this.#objects.flatMap((object, i) =>
      (object.get(CLASS as number) === 2 || this.#loggedIn) &&
      template.every(({ type, value }) => same(object.get(type), value))
        ? [this.#handle(i)]
        : [],
    );
  }

  C_FindObjects(session: Uint8Array, most: number): Uint8Array[] {
    return (this.#session(session).found ?? refuse(CKR.OPERATION_NOT_INITIALIZED)).slice(0, most);
  }

  C_FindObjectsFinal(session: Uint8Array): void {
    delete this.#session(session).found;
  }

  C_GetAttributeValue(session: Uint8Array, object: Uint8Array, template: Pkcs11Attribute[]) {
    this.#session(session);
    const attributes = this.#object(object);
    return template.map(({ type }) => {
      const value = attributes.get(type);
      return {
        type,
        value: typeof value === "number" ? Buffer.from([value, 0, 0, 0, 0, 0, 0, 0]) : Buffer.from(value ?? []),
      };
    });
  }

  C_SignInit(session: Uint8Array, mechanism: { mechanism: number; parameter?: unknown }, key: Uint8Array): void {
    this.#call("C_SignInit");
    if (!this.#loggedIn) refuse(CKR.USER_NOT_LOGGED_IN);
    if (!this.mechanisms.includes(mechanism.mechanism)) refuse(CKR.MECHANISM_INVALID);
    Object.assign(this.#session(session), { key: this.#object(key), mechanism: mechanism.mechanism });
  }

  async C_SignAsync(session: Uint8Array, data: Uint8Array, out: Uint8Array): Promise<Uint8Array> {
    this.#call("C_Sign");
    const state = this.#session(session);
    const { key, mechanism } = state;
    if (key === undefined || mechanism === undefined) return refuse(CKR.OPERATION_NOT_INITIALIZED);
    delete state.key;
    this.working++;
    this.mostWorking = Math.max(this.mostWorking, this.working);
    await this.delay();
    this.working--;
    this.#session(session);
    if (mechanism === 0x1041) {
      out.set(p256.sign(data, this.#secret, { prehash: false, lowS: false }));
      return out;
    }
    const hash = { 0: "sha256", 1: "sha384", 3: "sha256", 5: "sha512" }[mechanism & 7] as string;
    const padding = mechanism > 0x42 ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
    const saltLength = hash === "sha512" ? 64 : 32;
    out.set(nodeSign(hash, data, { key: this.#rsa, padding, ...(mechanism > 0x42 && { saltLength }) }));
    return out;
  }
}
