/** The name field of an MRZ, and whether it was cut. */
export interface NameField {
  /** Exactly as wide as the field, with fillers. */
  readonly text: string;
  /** Components of the name as they stand in the field when it was cut; undefined when the name is whole. */
  readonly truncated?: { readonly primary: readonly string[]; readonly secondary: readonly string[] };
}

/**
 * Cuts components so that they fit `width`: each keeps at least its first letter while there is room for that, the
 * letters left go to the components in order, and those for which there is no room at all are left out from the end.
 */
function shorten(components: readonly string[], width: number): string[] {
  const kept = components.slice(0, Math.max(0, Math.floor((width + 1) / 2)));
  let spare = width - (2 * kept.length - 1);
  return kept.map((component) => {
    const more = Math.min(spare, component.length - 1);
    spare -= more;
    return component.slice(0, 1 + more);
  });
}

/**
 * The name field: primary identifier, two fillers, secondary identifier. A name that does not fit is cut so that the
 * last position holds a letter, which tells the reader that it may have been cut.
 *
 * Spec: ICAO 9303-3 §4.6; truncation: 9303-5 §4.2.2 and §4.2.3 (TD1), the same rule in parts 4, 6 and 7.
 *
 * @param width - Characters of the field: 30 in TD1; `nameFieldWidth` tells those of the other formats.
 * @throws {RangeError} when there is no primary identifier (a name in one piece is primary), or a component has
 *   anything but letters A-Z.
 */
export function buildNameField(primary: readonly string[], secondary: readonly string[], width: number): NameField {
  if (primary.length === 0) throw new RangeError("buildNameField: the primary identifier is missing");
  if (![...primary, ...secondary].every((component) => /^[A-Z]+$/.test(component))) {
    throw new RangeError("buildNameField: a component has letters A-Z only; mrzName makes such components");
  }
  const join = (a: readonly string[], b: readonly string[]) =>
    b.length === 0 ? a.join("<") : `${a.join("<")}<<${b.join("<")}`;
  const whole = join(primary, secondary);
  if (whole.length <= width) return { text: whole.padEnd(width, "<") };
  if (secondary.length === 0) {
    const cut = shorten(primary, width);
    return { text: join(cut, []).padEnd(width, "<"), truncated: { primary: cut, secondary: [] } };
  }
  // The primary identifier is cut no more than needed: first for one letter of the secondary, then for a full last position.
  const longest = Math.min(primary.join("<").length, width - 3);
  let best: NameField | undefined;
  for (let room = longest; room > 0; room--) {
    const a = shorten(primary, room);
    const b = shorten(secondary, width - 2 - a.join("<").length);
    const text = join(a, b);
    const field = { text: text.padEnd(width, "<"), truncated: { primary: a, secondary: b } };
    if (text.length === width) return field;
    best ??= field;
  }
  return best as NameField;
}

/**
 * Components of the name field: before the first two fillers the primary identifier, behind them the secondary.
 *
 * Spec: ICAO 9303-3 §4.6.
 */
export function namesOf(field: string): { readonly primary: readonly string[]; readonly secondary: readonly string[] } {
  const at = field.indexOf("<<");
  const parts = (text: string) => text.split("<").filter((part) => part !== "");
  return at < 0
    ? { primary: parts(field), secondary: [] }
    : { primary: parts(field.slice(0, at)), secondary: parts(field.slice(at + 2)) };
}
