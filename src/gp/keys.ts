import { concatBytes, EMPTY, toHex, wipe } from "../bytes/bytes.js";
import { aesKcv } from "../crypto/aes.js";
import { kdfCounterCmac } from "../crypto/kdf.js";
import { ProtocolError } from "../errors.js";
import type { Scp03SessionKeys, WrappedKey, WrappedSecret } from "./key-types.js";
import { checkAesKey, kcvHex, Scp03StaticKeys } from "./key-types.js";
import { wrapKey, wrapSecretBytes } from "./key-wrapping.js";
import { deriveSessionKeys } from "./shared.js";

export type { Scp03SessionKeys, WrappedKey, WrappedSecret } from "./key-types.js";
export { Scp03SessionKeySet, Scp03StaticKeys } from "./key-types.js";

/** A whole SCP03 key set, encrypted for PUT KEY. */
export interface WrappedKeySet {
  /** Version under which the chip is to hold it. */
  readonly keyVersion: number;
  /** Key-ENC, Key-MAC, Key-DEK; their key identifiers are 01, 02, 03. */
  readonly keys: readonly [WrappedKey, WrappedKey, WrappedKey];
}

/**
 * The key service behind SCP03: operations, never keys, so that an HSM can stand behind it. It may answer at once or
 * later. Static keys never leave it.
 *
 * Each operation throws a ProtocolError `KEY_VERSION_UNKNOWN` when it has no key of the version.
 */
export interface Scp03Keys {
  /**
   * Session keys for one INITIALIZE UPDATE answer; the caller wipes them.
   *
   * @param request.kdd - Key diversification data, 10 bytes.
   * @param request.keyVersion - Version that the chip named, 0 to 255.
   * @param request.hostChallenge - 8 bytes, as `cardChallenge`.
   */
  deriveSession(request: {
    readonly kdd: Uint8Array;
    readonly keyVersion: number;
    readonly hostChallenge: Uint8Array;
    readonly cardChallenge: Uint8Array;
  }): Scp03SessionKeys | Promise<Scp03SessionKeys>;

  /**
   * A named secret of one card, encrypted under that card's static DEK (AES-CBC, zero ICV, padded with 80 00…), with
   * its key check value where it is an AES key.
   *
   * @throws {ProtocolError} `SECRET_UNKNOWN` when there is no secret of this name for this card.
   */
  wrapSecret(request: {
    readonly name: string;
    readonly kdd: Uint8Array;
    readonly keyVersion: number;
  }): WrappedSecret | Promise<WrappedSecret>;

  /** A whole SCP03 key set of a new version for this card, encrypted under the present DEK for PUT KEY. */
  wrapKeySet(request: {
    readonly kdd: Uint8Array;
    readonly keyVersion: number;
    readonly newKeyVersion: number;
  }): WrappedKeySet | Promise<WrappedKeySet>;
}

/** A secret as the in-memory service is given it: plain bytes (a PIN, a private key), or an AES key. */
export type SecretValue = Uint8Array | { readonly aesKey: Uint8Array };

/** Finds the secret `name` of the card with this KDD; undefined when there is none. */
export type SecretLookup = (name: string, kdd: Uint8Array) => SecretValue | undefined;

/**
 * Card-unique keys from a master key: SP 800-108 counter mode with AES-CMAC over i ‖ 00 00 00 k 00 ‖ KDD, k = 1 for
 * ENC, 2 for MAC, 3 for DEK ("KDF3"); each as long as the master.
 *
 * Pinned by gp/key-diversification-gppro.json, template kdf3.
 *
 * @param master - 16, 24 or 32 bytes.
 * @param kdd - Key diversification data of the chip, 10 bytes.
 * @throws {RangeError} for another length of either.
 */
export function deriveCardKeys(master: Uint8Array, kdd: Uint8Array): Scp03StaticKeys {
  checkAesKey("deriveCardKeys: master", master);
  if (kdd.length !== 10) throw new RangeError(`deriveCardKeys: kdd has ${kdd.length} bytes, not 10`);
  const derive = (k: number) =>
    kdfCounterCmac(master, EMPTY, concatBytes(Uint8Array.of(0, 0, 0, k, 0), kdd), master.length * 8);
  const parts = [derive(1), derive(2), derive(3)] as const;
  const keys = new Scp03StaticKeys(...parts);
  wipe(...parts);
  return keys;
}

/** Whose keys an in-memory service holds. */
export interface MemoryScp03KeysOptions {
  /** Master keys by key version; cards hold keys derived from them with {@link deriveCardKeys}. */
  readonly masters?: Readonly<Record<number, Uint8Array>>;
  /** Key sets by version that are the same on every chip, as delivered by its maker. A version is in one table only. */
  readonly transportKeys?: Readonly<Record<number, Scp03StaticKeys>>;
  /** Finds secrets for `wrapSecret`. */
  readonly secrets?: SecretLookup;
}

/** An {@link Scp03Keys} that holds its keys in the memory of this process. Prints as key check values. */
class MemoryScp03Keys implements Scp03Keys {
  readonly #masters = new Map<number, Uint8Array>();
  readonly #transport = new Map<number, Scp03StaticKeys>();
  readonly #secrets: SecretLookup;

  constructor(options: MemoryScp03KeysOptions) {
    for (const [version, master] of Object.entries(options.masters ?? {})) {
      checkAesKey(`master of key version ${version}`, master);
      this.#masters.set(checkVersion(version), master.slice());
    }
    for (const [version, keys] of Object.entries(options.transportKeys ?? {})) {
      if (this.#masters.has(checkVersion(version))) throw new RangeError(`key version ${version} is given twice`);
      this.#transport.set(Number(version), new Scp03StaticKeys(keys.enc, keys.mac, keys.dek));
    }
    this.#secrets = options.secrets ?? (() => undefined);
  }

  deriveSession(request: Parameters<Scp03Keys["deriveSession"]>[0]): Scp03SessionKeys {
    return this.#withCardKeys(request.kdd, request.keyVersion, (keys) =>
      deriveSessionKeys(keys, request.hostChallenge, request.cardChallenge),
    );
  }

  wrapSecret(request: Parameters<Scp03Keys["wrapSecret"]>[0]): WrappedSecret {
    const { name, kdd, keyVersion } = request;
    return this.#withCardKeys(kdd, keyVersion, ({ dek }) => {
      const secret = this.#secrets(name, kdd);
      if (secret === undefined) {
        throw new ProtocolError(
          "SECRET_UNKNOWN",
          "SCP03",
          "wrap a secret",
          `the key service has no secret "${name}" for the chip with KDD ${toHex(kdd)}. Load it, or correct the profile.`,
        );
      }
      if (secret instanceof Uint8Array) return { cryptogram: wrapSecretBytes(dek, secret) };
      checkAesKey(`secret "${name}"`, secret.aesKey);
      return { cryptogram: wrapSecretBytes(dek, secret.aesKey), kcv: aesKcv(secret.aesKey) };
    });
  }

  wrapKeySet(request: Parameters<Scp03Keys["wrapKeySet"]>[0]): WrappedKeySet {
    const { kdd, keyVersion, newKeyVersion } = request;
    return this.#withCardKeys(kdd, keyVersion, ({ dek }) =>
      this.#withCardKeys(kdd, newKeyVersion, (fresh) => ({
        keyVersion: newKeyVersion,
        keys: [wrapKey(dek, fresh.enc), wrapKey(dek, fresh.mac), wrapKey(dek, fresh.dek)] as const,
      })),
    );
  }

  /** The card's keys live for one operation. */
  #withCardKeys<T>(kdd: Uint8Array, keyVersion: number, use: (keys: Scp03StaticKeys) => T): T {
    const transport = this.#transport.get(keyVersion);
    if (transport !== undefined) return use(transport);
    const master = this.#masters.get(keyVersion);
    if (master === undefined) throw keyVersionUnknown(keyVersion);
    const keys = deriveCardKeys(master, kdd);
    try {
      return use(keys);
    } finally {
      keys.wipe();
    }
  }

  /** Key check values by key version. */
  toJSON(): { masters: Record<string, string>; transportKeys: Record<string, unknown> } {
    return {
      masters: Object.fromEntries([...this.#masters].map(([version, key]) => [hex(version), kcvHex(key)])),
      transportKeys: Object.fromEntries([...this.#transport].map(([version, keys]) => [hex(version), keys.toJSON()])),
    };
  }

  toString(): string {
    return `Scp03Keys(KCV ${JSON.stringify(this.toJSON())})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

function hex(version: number): string {
  return version.toString(16).toUpperCase().padStart(2, "0");
}

function checkVersion(text: string): number {
  const version = Number(text);
  if (!Number.isInteger(version) || version < 0 || version > 255) throw new RangeError(`key version ${text}: 0 to 255`);
  return version;
}

/** The error of a key service that has no key of this version; for implementations of {@link Scp03Keys}. */
export function keyVersionUnknown(keyVersion: number): ProtocolError {
  return new ProtocolError(
    "KEY_VERSION_UNKNOWN",
    "SCP03",
    "find the keys of the chip",
    `the key service has no key of version ${hex(keyVersion)} (hex). Load that key, or ask the chip for another version.`,
  );
}

/**
 * A key service in the memory of this process, for tests, demos and small lines. It answers at once.
 *
 * @returns A service that copied its keys (wipe yours) and prints as key check values.
 * @throws {RangeError} for a key that is no AES key, or a version outside 0 to 255.
 * @example
 * const keys = memoryScp03Keys({ masters: { 0x31: fromHex("404142434445464748494A4B4C4D4E4F") } });
 * String(keys); // Scp03Keys(KCV {"masters":{"31":"504A77"},"transportKeys":{}})
 */
export function memoryScp03Keys(options: MemoryScp03KeysOptions): Scp03Keys {
  return new MemoryScp03Keys(options);
}

/**
 * A key service for chips that all hold the same key set, such as the transport keys of their maker.
 *
 * @param options.version - Key version as the chip names it, 0 to 255.
 * @param options.enc - 16, 24 or 32 bytes, `mac` and `dek` the same.
 */
export function staticScp03Keys(options: {
  readonly version: number;
  readonly enc: Uint8Array;
  readonly mac: Uint8Array;
  readonly dek: Uint8Array;
  readonly secrets?: SecretLookup;
}): Scp03Keys {
  const keys = new Scp03StaticKeys(options.enc, options.mac, options.dek);
  const transportKeys = { [options.version]: keys };
  try {
    return memoryScp03Keys(options.secrets ? { transportKeys, secrets: options.secrets } : { transportKeys });
  } finally {
    keys.wipe();
  }
}
