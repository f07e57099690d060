import type { Check, CheckList } from "./report.js";

/** What a protocol showed about the chip, to be told once the data are authentic. */
export interface ChipAnswer extends Pick<Check, "status" | "message" | "evidence"> {
  readonly id: ChipCheck;
}

/** The protocols by which a chip proves that it is no copy, or by which it knows its terminal. */
const CHIP_CHECKS = [
  ["chip.activeAuthentication", "ICAO 9303-11 §6.1", "The chip was not asked to sign a challenge."],
  ["chip.chipAuthentication", "ICAO 9303-11 §6.2", "The chip was not asked for chip authentication."],
  ["chip.paceCam", "ICAO 9303-11 §4.4.3.3.3", "The chip was not asked for PACE with chip authentication mapping."],
  ["chip.terminalAuthentication", "ICAO 9303-11 §7.1; BSI TR-03110", "The terminal did not prove itself to the chip."],
] as const;
/** Name of a check about the chip. */
export type ChipCheck = (typeof CHIP_CHECKS)[number][0];

/** Checks on which every proof of a chip rests: its public key has to be signed, by somebody who is trusted. */
const GATES = /^(parse\.(EF\.SOD|LDSSecurityObject)|signature\.|path\.|securityObject\.|hash\.EF\.DG1[45]$)/;

/**
 * What the chip proved. The keys with which a chip proves itself stand in its data, so nothing is shown about the chip unless the
 * data are authentic: a proof under a key that nobody vouches for is none.
 *
 * Spec: ICAO 9303-11 §5.1, §6.1 and §6.2.
 */
export function checkChip(list: CheckList, answers: readonly ChipAnswer[] = []): void {
  const open = list.open();
  const gate = list.checks.find(({ id, status }) => GATES.test(id) && (status === "failed" || open.includes(id)));
  for (const [id, spec, otherwise] of CHIP_CHECKS) {
    const base = { id, path: "chip", spec };
    const answer = answers.find((candidate) => candidate.id === id);
    if (gate !== undefined) {
      const message = `Nothing is shown about the chip, because its data are not known to be authentic (${gate.id}).`;
      list.add({ ...base, status: "notChecked", message }, false);
    } else if (answer === undefined) list.add({ ...base, status: "notChecked", message: otherwise }, false);
    else list.add({ ...base, ...answer });
  }
}
