/** What is used of the package, which brings no types. */
declare module "cli-progress" {
  export class SingleBar {
    constructor(options: {
      format: string;
      barsize?: number;
      hideCursor?: boolean;
      noTTYOutput?: boolean;
      notTTYSchedule?: number;
      clearOnComplete?: boolean;
      stream?: NodeJS.WritableStream;
    });
    start(total: number, value: number, payload?: Readonly<Record<string, string>>): void;
    setTotal(total: number): void;
    update(value: number, payload?: Readonly<Record<string, string>>): void;
    stop(): void;
  }
}
