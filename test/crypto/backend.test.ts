import { expect, test } from "vitest";
import { cryptoBackend } from "../../src/crypto/backend.js";

test("the tests of this project run on the backend they are meant for", () => {
  expect(["node", "noble"]).toContain(process.env["EXPECT_BACKEND"]);
  expect(cryptoBackend()).toBe(process.env["EXPECT_BACKEND"]);
});
