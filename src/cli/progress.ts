import { SingleBar } from "cli-progress";
import type { ReadProgress } from "../inspect/index.js";

/** A bar for the file that is being read, on standard error, where it disturbs nobody who takes the output. */
export function progressBar(): (progress: ReadProgress | undefined) => void {
  let bar: SingleBar | undefined;
  let current = "";
  return (progress) => {
    if (progress === undefined) {
      bar?.stop();
      bar = undefined;
      current = "";
      return;
    }
    const { file, done, total } = progress;
    if (file !== current) {
      bar?.stop();
      bar = new SingleBar({
        format: "  {bar} {value}/{total} bytes  {file}",
        barsize: 30,
        hideCursor: true,
        noTTYOutput: true,
        notTTYSchedule: 1000,
        clearOnComplete: false,
        stream: process.stderr,
      });
      bar.start(total, done, { file });
      current = file;
    } else bar?.update(done, { file });
  };
}
