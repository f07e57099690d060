import { expect, test } from "vitest";
import { cryptoBackend } from "../../src/crypto/backend.js";

test("the tests of this project run on the backend they are meant for", () => {
  const { EXPECT_BACKEND } = process.env;
  expect(["node", "noble"]).toContain(EXPECT_BACKEND);
  expect(cryptoBackend()).toBe(EXPECT_BACKEND);
});
