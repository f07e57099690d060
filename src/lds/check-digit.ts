/** Weights of the check digit, repeated (ICAO 9303-3 §4.9). */
const WEIGHTS = [7, 3, 1] as const;

/**
 * Check digit of MRZ characters: A-Z count 10-35, the filler `<` counts 0, weights 7 3 1, modulo 10.
 *
 * Spec: ICAO 9303-3 §4.9; vectors: the worked examples there (D23145890734 → 9).
 *
 * @throws {RangeError} for a character outside A-Z, 0-9 and <.
 */
export function checkDigit(characters: string): string {
  let sum = 0;
  for (let i = 0; i < characters.length; i++) {
    const code = characters.charCodeAt(i);
    let value: number;
    if (code >= 48 && code <= 57) value = code - 48;
    else if (code >= 65 && code <= 90) value = code - 55;
    else if (code === 60) value = 0;
    else throw new RangeError(`checkDigit: character ${JSON.stringify(characters[i])} is not of the MRZ`);
    sum += value * (WEIGHTS[i % 3] as number);
  }
  return String(sum % 10);
}
