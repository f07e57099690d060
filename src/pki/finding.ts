/**
 * What one check found. `warning`: passed, with something to know; `notChecked`: could not be checked, for the reason in
 * `detail`, which is never as good as passed.
 */
export type FindingStatus = "passed" | "failed" | "warning" | "notChecked";

/** The answer to one check about a signed document. */
export interface Finding<Id extends string = string> {
  readonly id: Id;
  readonly status: FindingStatus;
  /** One sentence for people. */
  readonly detail: string;
  /** Values behind the answer: names, dates, numbers. */
  readonly evidence?: Readonly<Record<string, string>>;
}

/** @internal Every check of `ids` in their order; one that was not answered is `notChecked` with this reason. */
export function completeFindings<Id extends string>(
  ids: readonly Id[],
  answered: ReadonlyMap<Id, Omit<Finding, "id">>,
  reason: string,
): readonly Finding<Id>[] {
  return ids.map((id) => {
    const answer = answered.get(id);
    if (answer === undefined) return { id, status: "notChecked", detail: reason };
    const { status, detail, evidence } = answer;
    return evidence === undefined ? { id, status, detail } : { id, status, detail, evidence };
  });
}
