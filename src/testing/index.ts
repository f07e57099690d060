/**
 * What tests of cardwright, and of programs around it, need: generators for every declared file, requirements of the ports, a reader that fails, a transcript that answers for a chip, fixed randomness.
 * No standard; fast-check is the one package used here, and nowhere else.
 * Leaves out test runners: it works with any.
 * @module
 */
export { arbitraryOf, arbitraryOfShape } from "./arbitrary.js";
export { type ChannelFault, type FaultyChannel, faultyChannel } from "./faulty-channel.js";
export { fixedRandom } from "./fixed-random.js";
export { type ReplayChannel, replayChannel } from "./replay-channel.js";
export { SIGNER_REQUIREMENTS, type SignerRequirement } from "./signer-conformance.js";
