import { describe, expect, it } from "vitest";
import { CertificateCache } from "../../src/pki/certificate-cache.js";
import { ALL_DEPARTURES } from "../../src/pki/departures.js";
import { parseMasterListContent } from "../../src/pki/master-list.js";
import { flipBit, issueChain, vector } from "./support.js";

const content = parseMasterListContent(vector("masterlist/bc-masterlist-content.data"), { tolerate: ALL_DEPARTURES });

describe("CertificateCache", () => {
  it("gives one object for the same bytes, wherever they stand", async () => {
    const { certificate } = await issueChain();
    const cache = new CertificateCache();
    const copy = Uint8Array.from(certificate.raw);
    const first = cache.get(copy);
    expect(first?.raw).toEqual(certificate.raw);
    expect(cache.get(certificate.raw)).toBe(first);
    copy.fill(0);
    expect(cache.get(certificate.raw)).toBe(first);
  });

  it("tells a certificate from one that differs in a bit, and keeps none that cannot be read", async () => {
    const { certificate } = await issueChain();
    const cache = new CertificateCache();
    const first = cache.get(certificate.raw);
    // The bit is in the serial number, far from the bytes that the cache looks up by.
    const other = cache.get(flipBit(certificate.raw, 8 * 20));
    expect(other).not.toBe(first);
    expect(cache.get(Uint8Array.of(0x30, 0))).toBeUndefined();
    expect(cache.all([certificate.raw, Uint8Array.of(1)])).toHaveLength(1);
  });

  it("never keeps more than it may: the one not used for longest goes", () => {
    const [a, b, c] = content.slice(0, 3) as [Uint8Array, Uint8Array, Uint8Array];
    const cache = new CertificateCache(2);
    const [first, second] = [cache.get(a), cache.get(b)];
    expect(cache.get(a)).toBe(first);
    cache.get(c);
    expect(cache.size).toBe(2);
    expect(cache.get(a)).toBe(first);
    expect(cache.get(b)).not.toBe(second);
    expect(() => new CertificateCache(0)).toThrow(RangeError);
  });
});
