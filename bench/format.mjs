// How numbers are written, in the console and in the documents.

export const number = (value) =>
  value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 0.01
        ? value.toFixed(2)
        : value.toFixed(3);
/** Cut off instead of rounded, so that what misses its goal is never written like the goal. */
export function atLeast(value) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return (Math.floor(value * 10 ** digits) / 10 ** digits).toFixed(digits);
}
export const quartiles = ({ q1, q3 }) => `${number(q1)} to ${number(q3)}`;
export const verdict = ({ met, later }) => (met ? "met" : later ? "not met, work to come" : "**not met**");
export const perSecond = (microseconds) => Math.round(1e6 / microseconds).toLocaleString("en");
