"""Second calculation, by OpenSSL's command line, of the pseudo-random function of the integrated mapping (9303-11 §4.4.3.3.2)."""
import hashlib, json, os, subprocess

C128 = ("a668892a7c41e3ca739f40b057d85904", "a4e136ac725f738b01c1f60217c188ad")
C256 = ("d463d65234124ef7897054986dca0a174e28df758cbaa03f240616414d5a1676",
        "54bd7255f0aaf831bec3423fcf39d69b6cbf066677d0faae5aadd99df8e53517")
SUITES = {"3DES": ("des-ede-cbc", 16, 16, 8, C128), "AES-192": ("aes-192-cbc", 24, 32, 16, C256),
          "AES-256": ("aes-256-cbc", 32, 32, 16, C256)}

def encrypt(cipher, block, key, data):
    return subprocess.run(["openssl", "enc", "-" + cipher, "-nopad", "-K", key.hex(), "-iv", "00" * block],
                          input=data, capture_output=True, check=True).stdout

vectors = []
for suite, (cipher, k, l, block, (c0, c1)) in SUITES.items():
    for bits in (192, 256, 521, 1024, 2048):
        s = hashlib.sha256(f"s {suite} {bits}".encode()).digest()[:l]
        t = hashlib.sha256(f"t {suite} {bits}".encode()).digest()[:k]
        key, x = encrypt(cipher, block, t, s)[:k], b""
        while 8 * len(x) < bits + 64:
            x += encrypt(cipher, block, key, bytes.fromhex(c1))
            key = encrypt(cipher, block, key, bytes.fromhex(c0))[:k]
        vectors.append({"suite": suite, "bits": bits, "s": s.hex(), "t": t.hex(), "r": x.hex()})
out = {"source": "prf-openssl.py beside this file", "vectors": vectors}
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "prf-openssl.json"), "w") as f:
    json.dump(out, f, indent=1)
    f.write("\n")
