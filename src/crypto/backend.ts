import { primitives } from "#primitives";

/**
 * Which crypto backend this build has loaded: `node` (node:crypto, OpenSSL) or `noble` (pure JavaScript).
 *
 * The choice is made by the package's `imports` map when the module is loaded, never at run time; the function exists
 * so that a test of a bundle, or a bug report, can say which one it was.
 */
export function cryptoBackend(): "node" | "noble" {
  return primitives.backend;
}
