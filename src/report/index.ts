/**
 * Runs and verdicts for people: text for a terminal, one HTML page for a browser. Text from a card is escaped everywhere.
 * No standard; HTML is made by a library that escapes by itself.
 * Leaves out writing files and colours of terminals.
 * @module
 */
export { type ReportedCard, type ReportedReject, type RunReport, renderRunReport } from "./run-report.js";
export { isolate, safeFileName, safeText } from "./safe-text.js";
export { describeValidation } from "./text.js";
export { renderValidationReport, type ValidationPage } from "./validation-report.js";
