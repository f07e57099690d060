import { createCipheriv } from "node:crypto";
import { inspect } from "node:util";
import { cmac as nobleCmac } from "@noble/ciphers/_polyval.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex } from "../../src/bytes/bytes.js";
import { AesCmac, aesCbcDecrypt, aesCbcEncrypt, aesCmac, aesEncryptBlock, aesKcv } from "../../src/crypto/aes.js";
import { readVectors } from "./vectors.js";
