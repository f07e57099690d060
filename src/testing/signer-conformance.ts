import { equalBytes, systemRandom } from "../bytes/index.js";
import {
  encodeSignatureValue,
  publicKeyFromSpki,
  type Signer,
  signatureAlgorithmIdentifier,
  signatureLength,
  verifySignature,
} from "../pki/index.js";

/** One thing that the port of signers asks of every implementation. */
export interface SignerRequirement {
  /** What is asked, as the name of a test. */
  readonly name: string;
  /** Ends when the signer does it, throws or rejects when it does not. */
  readonly run: (signer: Signer) => Promise<void>;
}

const ensure = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

/** Whether a signature is good by the signer's public key, judged apart from the signer. */
function isGood(signer: Signer, algorithm: Signer["algorithms"][number], message: Uint8Array, signature: Uint8Array) {
  const value = encodeSignatureValue(algorithm, signature);
  return verifySignature(signer.publicKey, signatureAlgorithmIdentifier(algorithm), message, value) === true;
}

/**
 * What every implementation of `Signer` has to do, for any test runner.
 *
 * Spec: the port `Signer` of `cardwright/pki`.
 *
 * @example
 * import { generateEcPrivateKey, memorySigner } from "cardwright/pki";
 * import { SIGNER_REQUIREMENTS } from "cardwright/testing";
 * const signer = memorySigner(generateEcPrivateKey("P-256"));
 * for (const { run } of SIGNER_REQUIREMENTS) await run(signer);
 */
export const SIGNER_REQUIREMENTS: readonly SignerRequirement[] = [
  {
    name: "states a public key that can be read, always the same, and its algorithms, each once",
    run: async (signer) => {
      const { publicKey, algorithms } = signer;
      const { kind } = publicKeyFromSpki(publicKey);
      ensure(algorithms.length > 0, "there is no algorithm");
      ensure(new Set(algorithms).size === algorithms.length, "an algorithm is named twice");
      for (const name of algorithms) {
        signatureAlgorithmIdentifier(name);
        ensure(name.startsWith("ECDSA-") === (kind === "EC"), `${name} is not for the kind of the key`);
      }
      ensure(equalBytes(signer.publicKey, publicKey), "the public key is another one at the second look");
    },
  },
  {
    name: "signs with each of its algorithms: r‖s or a number as long as the modulus, good by its public key",
    run: async (signer) => {
      const size = signatureLength(publicKeyFromSpki(signer.publicKey));
      for (const algorithm of signer.algorithms) {
        for (const length of [0, 1, 111, 112, 128, 1000, 70_000]) {
          // Short random and its repetition: a system gives only so much at once.
          const message = new Uint8Array(length).fill(length & 0xff);
          message.set(systemRandom(Math.min(length, 32)));
          const signature = await signer.sign(message, algorithm);
          ensure(signature instanceof Uint8Array, `${algorithm}: no Uint8Array`);
          ensure(signature.length === size, `${algorithm}: ${signature.length} bytes, not ${size}`);
          ensure(isGood(signer, algorithm, message, signature), `${algorithm}, ${length} bytes: does not verify`);
        }
      }
    },
  },
  {
    name: "signs the message that it was given, and no other",
    run: async (signer) => {
      const [algorithm] = signer.algorithms as [Signer["algorithms"][number]];
      const message = systemRandom(64);
      const signature = await signer.sign(message, algorithm);
      message[63] = (message[63] as number) ^ 1;
      ensure(!isGood(signer, algorithm, message, signature), "the signature is good for another message");
    },
  },
  {
    name: "leaves the message as it is, and has no need of it when sign has returned",
    run: async (signer) => {
      const [algorithm] = signer.algorithms as [Signer["algorithms"][number]];
      const message = systemRandom(200);
      const copy = message.slice();
      const answer = signer.sign(message, algorithm);
      ensure(equalBytes(message, copy), "the message was changed");
      message.fill(0);
      ensure(isGood(signer, algorithm, copy, await answer), "the message was read after sign had returned");
    },
  },
  {
    name: "takes a view into a larger buffer for what it is",
    run: async (signer) => {
      const [algorithm] = signer.algorithms as [Signer["algorithms"][number]];
      const view = systemRandom(300).subarray(17, 99);
      ensure(isGood(signer, algorithm, view, await signer.sign(view, algorithm)), "the view was not signed");
    },
  },
  {
    name: "gives each signature memory of its own",
    run: async (signer) => {
      const [algorithm] = signer.algorithms as [Signer["algorithms"][number]];
      const message = systemRandom(32);
      const first = await signer.sign(message, algorithm);
      const second = await signer.sign(message, algorithm);
      first.fill(0xff);
      ensure(isGood(signer, algorithm, message, second), "a signature changed with another");
    },
  },
  {
    name: "keeps many signatures at once apart",
    run: async (signer) => {
      const [algorithm] = signer.algorithms as [Signer["algorithms"][number]];
      const messages = Array.from({ length: 40 }, () => systemRandom(50));
      const signatures = await Promise.all(messages.map(async (message) => signer.sign(message, algorithm)));
      signatures.forEach((signature, i) => {
        ensure(isGood(signer, algorithm, messages[i] as Uint8Array, signature), `signature ${i} is not its message's`);
      });
    },
  },
  {
    name: "refuses an algorithm that it does not offer with a RangeError, and signs again",
    run: async (signer) => {
      const [algorithm] = signer.algorithms as [Signer["algorithms"][number]];
      const others = ["RSA-SHA256", "ECDSA-SHA256", "ECDSA-SHA1", ""] as Signer["algorithms"][number][];
      const message = systemRandom(32);
      for (const other of others.filter((name) => !signer.algorithms.includes(name))) {
        let refusal: unknown;
        try {
          await signer.sign(message, other);
        } catch (error) {
          refusal = error;
        }
        ensure(refusal instanceof RangeError, `${JSON.stringify(other)} is not refused with a RangeError`);
      }
      ensure(isGood(signer, algorithm, message, await signer.sign(message, algorithm)), "it signs no more");
    },
  },
];
