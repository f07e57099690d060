import { describe, expect, it } from "vitest";
import { openPkcs11Signer, type Pkcs11SignerOptions } from "../../src/adapters/pkcs11.js";
import { publicKeyForm } from "../../src/pki/public-key.js";
import { signerConformance } from "../pki/signer-conformance.js";
import { CKR, CkError, FakeToken } from "./cryptoki.js";

const open = (token: FakeToken, over: Partial<Pkcs11SignerOptions> = {}) =>
  openPkcs11Signer({
    module: token,
    token: "documents",
    key: { label: "ec" },
    pin: () => "4711",
    pause: async () => {},
    ...over,
  });
const MESSAGE = Uint8Array.of(1, 2, 3);
const calls = (token: FakeToken, name: string) => token.calls.get(name) ?? 0;

signerConformance("openPkcs11Signer over a key on a curve", () => open(new FakeToken()));
signerConformance("openPkcs11Signer over an RSA key", () => open(new FakeToken(), { key: { id: Uint8Array.of(2) } }));

describe("openPkcs11Signer", () => {
  it("finds the key and logs in once, however many signatures and sessions", async () => {
    const token = new FakeToken();
    const signer = await open(token, { sessions: 3 });
    const found = calls(token, "C_FindObjectsInit");
    token.delay = () => new Promise((resolve) => setTimeout(resolve, 1));
    await Promise.all(Array.from({ length: 30 }, () => signer.sign(MESSAGE, "ECDSA-SHA256")));
    expect([calls(token, "C_Login"), calls(token, "C_FindObjectsInit") - found, calls(token, "C_OpenSession")]).toEqual(
      [1, 0, 3],
    );
    expect(found).toBe(2);
    expect([signer.concurrency, token.mostWorking]).toEqual([3, 3]);
  });

  it("states the curve as it is asked to, and takes points with and without their OCTET STRING", async () => {
    const token = new FakeToken();
    expect(publicKeyForm((await open(token)).publicKey).curve).toBe("explicit");
    const named = await open(token, { curveParameters: "named" });
    expect(publicKeyForm(named.publicKey).curve).toBe("named");
    const raw = new FakeToken();
    raw.copyObject(0, [0x3, Buffer.from("raw")]);
    raw.copyObject(2, [0x3, Buffer.from("raw")], [0x181, named.publicKey.slice(-65)]);
    expect((await open(raw, { key: { label: "raw" }, curveParameters: "named" })).publicKey).toEqual(named.publicKey);
  });

  it("offers what the token has mechanisms for, the fitting hash function first or the one asked for", async () => {
    const token = new FakeToken();
    const rsa = { label: "rsa" };
    expect((await open(token)).algorithms).toEqual(["ECDSA-SHA256", "ECDSA-SHA224", "ECDSA-SHA384", "ECDSA-SHA512"]);
    expect((await open(token, { key: rsa })).algorithms).toEqual([
      ...["RSASSA-PSS-SHA256", "RSASSA-PSS-SHA512", "RSA-SHA256", "RSA-SHA384"],
    ]);
    const [first] = (await open(token, { key: rsa, algorithm: "RSA-SHA384" })).algorithms;
    expect(first).toBe("RSA-SHA384");
    await expect(open(token, { key: rsa, algorithm: "ECDSA-SHA256" })).rejects.toThrow(RangeError);
    token.mechanisms = [0x40];
    await expect(open(token)).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
  });

  it.each<[string, (token: FakeToken) => void]>([
    ["the token is pulled and put back", (token) => token.reset()],
    ["a session dies", (token) => token.failing.set("C_SignInit", { value: CKR.SESSION_HANDLE_INVALID, times: 1 })],
    [
      "the device goes away for a while",
      (token) => {
        token.failing.set("C_Sign", { value: CKR.DEVICE_REMOVED, times: 1 });
        token.failing.set("C_OpenSession", { value: CKR.TOKEN_NOT_PRESENT, times: 2 });
      },
    ],
    [
      "the slot list fails once too",
      (token) => {
        token.reset();
        token.failing.set("C_GetSlotList", { value: CKR.TOKEN_NOT_PRESENT, times: 1 });
      },
    ],
  ])("signs on with a new session when %s", async (_, disturb) => {
    const token = new FakeToken();
    const signer = await open(token, { sessions: 2 });
    await Promise.all([1, 2, 3].map(() => signer.sign(MESSAGE, "ECDSA-SHA256")));
    disturb(token);
    const signatures = await Promise.all(Array.from({ length: 6 }, () => signer.sign(MESSAGE, "ECDSA-SHA256")));
    expect(signatures).toHaveLength(6);
    expect(token.openSessions).toBeLessThanOrEqual(2);
  });

  it("survives the loss of all sessions while they are at work", async () => {
    const token = new FakeToken();
    const signer = await open(token, { sessions: 4 });
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    token.delay = () => gate;
    const signatures = Promise.all(Array.from({ length: 12 }, () => signer.sign(MESSAGE, "ECDSA-SHA256")));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(token.working).toBe(4);
    token.reset();
    release();
    expect(await signatures).toHaveLength(12);
  });

  it("gives up after its retries, waiting longer before each, and works again when the token does", async () => {
    const token = new FakeToken();
    const pauses: number[] = [];
    const signer = await open(token, {
      retries: 3,
      pause: async (retry) => {
        pauses.push(retry);
      },
    });
    token.reset();
    token.failing.set("C_OpenSession", { value: CKR.TOKEN_NOT_PRESENT, times: 100 });
    await expect(signer.sign(MESSAGE, "ECDSA-SHA256")).rejects.toMatchObject({
      code: "SIGNER_UNAVAILABLE",
      message: expect.stringContaining("CKR_TOKEN_NOT_PRESENT to C_OpenSession"),
    });
    expect(pauses).toEqual([1, 2, 3]);
    token.failing.clear();
    expect(await signer.sign(MESSAGE, "ECDSA-SHA256")).toHaveLength(64);
  });

  it("does not sign twice what the token refuses for good", async () => {
    const token = new FakeToken();
    const signer = await open(token);
    token.failing.set("C_SignInit", { value: CKR.MECHANISM_INVALID, times: 1 });
    await expect(signer.sign(MESSAGE, "ECDSA-SHA256")).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    expect(calls(token, "C_SignInit")).toBe(1);
  });

  it("tries a refused PIN once, also when the token asks again, and shows it nowhere", async () => {
    const token = new FakeToken();
    const wrong = open(token, { pin: () => "0815-secret" });
    const error: unknown = await wrong.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "SIGNER_UNAVAILABLE", message: expect.stringContaining("CKR_PIN_INCORRECT") });
    const seen: unknown[] = [];
    for (let at: unknown = error; at instanceof Error; at = at.cause)
      seen.push(at.message, at.stack, JSON.stringify(at));
    expect(seen.join()).not.toContain("0815");
    expect(calls(token, "C_Login")).toBe(1);

    const later = await open(token);
    token.reset();
    token.pin = "changed";
    for (let i = 0; i < 3; i++) {
      await expect(later.sign(MESSAGE, "ECDSA-SHA256")).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    }
    expect(calls(token, "C_Login")).toBe(3);
  });

  it("takes nothing of a binding's error but the name of a return value", async () => {
    const token = new FakeToken();
    token.C_Login = (_session, _user, pin) => {
      throw new CkError(`argument ${pin} is bad`, 0);
    };
    const error = (await open(token).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    expect(`${error.stack} ${(error.cause as Error).stack}`).not.toContain("4711");
  });

  it("refuses more than it can hold at once, and goes on when there is room", async () => {
    const token = new FakeToken();
    const signer = await open(token, { sessions: 2, waiting: 3 });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => signer.sign(MESSAGE, "ECDSA-SHA256")));
    expect(results.map(({ status }) => status === "fulfilled")).toEqual([
      ...Array(5).fill(true),
      ...Array(3).fill(false),
    ]);
    expect(results[7]).toMatchObject({ reason: { code: "SIGNER_BUSY" } });
    expect(await signer.sign(MESSAGE, "ECDSA-SHA256")).toHaveLength(64);
  });

  it("lets running signatures end when it is closed, refuses the waiting and the next, and closes its sessions", async () => {
    const token = new FakeToken();
    const signer = await open(token, { sessions: 2 });
    const running = Promise.allSettled(Array.from({ length: 4 }, () => signer.sign(MESSAGE, "ECDSA-SHA256")));
    await signer.close();
    expect((await running).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
    expect(token.openSessions).toBe(0);
    await expect(signer.sign(MESSAGE, "ECDSA-SHA256")).rejects.toMatchObject({ code: "SIGNER_UNAVAILABLE" });
    await signer.close();
  });

  it.each<[string, Partial<Pkcs11SignerOptions>, (token: FakeToken) => void, RegExp]>([
    ["no such token", { token: "nowhere" }, () => {}, /no token "nowhere"/],
    ["no such key", { key: { label: "nobody" } }, () => {}, /no private key/],
    [
      "two keys of that label",
      {},
      (token) => token.copyObject(0, [0x102, Uint8Array.of(9)]),
      /more than one private key.*id/,
    ],
    [
      "two tokens of that label",
      { token: "another" },
      (token) => {
        token.label = "another";
      },
      /several tokens/,
    ],
  ])("says what is wrong with %s, and leaves no session open", async (_, over, disturb, message) => {
    const token = new FakeToken();
    disturb(token);
    await expect(open(token, over)).rejects.toMatchObject({
      code: "SIGNER_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
    expect(token.openSessions).toBe(0);
  });

  it("refuses options that are none", async () => {
    await expect(open(new FakeToken(), { key: {} })).rejects.toThrow(RangeError);
    await expect(open(new FakeToken(), { sessions: 0 })).rejects.toThrow(RangeError);
  });
});
