"""Makes the trimmed ECDSA, RSA and ECDH files of this folder again from a checkout of C2SP/wycheproof.

    python3 trim.py PATH/TO/wycheproof

Every test of a file stays. Dropped are what repeats the key in other forms (publicKey, publicKeyPem, publicKeyAsn, keyJwk,
keySize, type, source), the texts about the tests (schema, header, notes, flags) and whitespace.
"""

import json
import pathlib
import sys

FILES = """
ecdsa_brainpoolP224r1_sha224 ecdsa_brainpoolP256r1_sha256 ecdsa_brainpoolP320r1_sha384 ecdsa_brainpoolP384r1_sha384
ecdsa_brainpoolP512r1_sha512 ecdsa_secp192r1_sha256 ecdsa_secp224r1_sha224 ecdsa_secp224r1_sha512 ecdsa_secp256r1_sha512
ecdsa_secp384r1_sha384 ecdsa_secp384r1_sha512 ecdsa_secp521r1_sha512
ecdsa_brainpoolP256r1_sha256_p1363 ecdsa_brainpoolP512r1_sha512_p1363
ecdsa_secp224r1_sha224_p1363 ecdsa_secp384r1_sha384_p1363 ecdsa_secp521r1_sha512_p1363
rsa_signature_2048_sha224 rsa_signature_2048_sha256 rsa_signature_2048_sha384 rsa_signature_2048_sha512
rsa_signature_3072_sha256
rsa_signature_4096_sha256
rsa_pss_2048_sha1_mgf1_20 rsa_pss_2048_sha256_mgf1_0 rsa_pss_2048_sha256_mgf1_32 rsa_pss_2048_sha256_mgf1sha1_20
rsa_pss_2048_sha384_mgf1_48 rsa_pss_3072_sha256_mgf1_32 rsa_pss_4096_sha384_mgf1_48
rsa_pss_4096_sha512_mgf1_32 rsa_pss_4096_sha512_mgf1_64
rsa_pss_2048_sha1_mgf1_20_params rsa_pss_2048_sha256_mgf1_0_params rsa_pss_2048_sha512_mgf1sha256_32_params
rsa_pss_misc rsa_pss_misc_params
ecdh_brainpoolP256r1
""".split()
GROUP = ["publicKeyDer", "sha", "mgfSha", "sLen"]
TEST = ["tcId", "comment", "msg", "sig", "public", "private", "shared", "result"]

source = pathlib.Path(sys.argv[1], "testvectors_v1")
here = pathlib.Path(__file__).parent
for name in FILES:
    whole = json.loads((source / f"{name}_test.json").read_text())
    groups = [
        {**{k: g[k] for k in GROUP if k in g}, "tests": [{k: t[k] for k in TEST if k in t} for t in g["tests"]]}
        for g in whole["testGroups"]
    ]
    trimmed = {"algorithm": whole["algorithm"], "numberOfTests": whole["numberOfTests"], "testGroups": groups}
    (here / f"{name}_test.json").write_text(json.dumps(trimmed, separators=(",", ":")))
