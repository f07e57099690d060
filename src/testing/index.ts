/**
 * What tests of cardwright, and of programs around it, are made with: generators of values for every declared file.
 * No standard; fast-check is the one package used here, and nowhere else.
 * Leaves out test runners: it works with any.
 * @module
 */
export { arbitraryOf, arbitraryOfShape } from "./arbitrary.js";
