/**
 * From a citizen's record to a finished chip: data groups, security object, card image, personalization script, the run
 * with its journal, the receipt.
 * ICAO 9303-10 (LDS), GlobalPlatform Card Specification 2.3.1 §11, Amendment D (SCP03).
 * Leaves out reading back and judging a card (`inspect`).
 * @module
 */
export { type ChipData, chipDataOf } from "./chip-groups.js";
export { type BuildNote, type DataGroups, encodeDataGroups } from "./data-groups.js";
export { PersonalizationError } from "./errors.js";
export { buildCardImage } from "./image.js";
export { type IssuedImage, type IssueOptions, issueImage } from "./issue-image.js";
export {
  type IssuedNationalImage,
  issueNationalImage,
  type NationalImageOptions,
  type NationalSecurityInfos,
} from "./issue-national-image.js";
export { describeProgress, type Journal, type JournalEntry, memoryJournal, type Progress } from "./journal.js";
export { type FingerReference, type NationalFilesOptions, nationalFilesOf, personalInfo2Of } from "./national-files.js";
export {
  type PersonalizationProgress,
  type PersonalizationReceipt,
  type PersonalizeOptions,
  personalize,
} from "./personalize.js";
export { type BuildProblem, ImageError } from "./problems.js";
export { type AddressUpdateOptions, addressUpdateOf, renewFiles, updateAddress } from "./renew-files.js";
export {
  compilePersonalization,
  estimateScript,
  type PersonalizationScript,
  type PersonalizationStep,
} from "./script.js";
export { type DocumentSigner, signSecurityObject, sodWriter } from "./security-object.js";
export { type FilesByName, type SignersByRole, signSecurityObjects } from "./security-objects.js";
export { type SignBatchOptions, type SignedJob, signBatch } from "./sign-batch.js";
export { type PreparedSod, SodWriter } from "./sod-writer.js";
