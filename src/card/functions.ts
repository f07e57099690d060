/** A value inside a file: the file by its name, and the tags that lead to it. */
export interface ValuePlace {
  /** Name of a file of the same application. */
  readonly file: string;
  /** From the outermost to the innermost, e.g. `[0xe6, 0xb3, 0x5f24]`. */
  readonly tags: readonly number[];
}

/** Files that are replaced together or not at all, by one PUT DATA (INS DB, P1 P2 3FFF). */
export interface Renewal {
  /** Tag of the template that holds the new files, e.g. E8. */
  readonly template: number;
  /** Names of the files, in the order in which they stand in the template. Each needs its update rule met. */
  readonly files: readonly string[];
  /** The counter that has to grow, one to six bytes: the chip remembers the greatest one that it has taken. */
  readonly counter: ValuePlace;
}

/** Values that the chip compares with what a terminal has signed (TR-03110-3 A.6.5): days as `YYYYMMDD`. */
export interface ComparedPlaces {
  readonly age?: ValuePlace;
  readonly validity?: ValuePlace;
  /** What tells the community of the holder; compared from its beginning. */
  readonly community?: ValuePlace;
}

/** What an application does beside being read. */
export interface ApplicationFunctions {
  readonly renewal?: Renewal;
  readonly comparisons?: ComparedPlaces;
}

/** @internal With its fields in one order, for digests over JSON. */
export function orderedFunctions({ renewal, comparisons }: ApplicationFunctions): ApplicationFunctions {
  const place = ({ file, tags }: ValuePlace): ValuePlace => ({ file, tags });
  const { age, validity, community } = comparisons ?? {};
  return {
    ...(renewal && {
      renewal: { template: renewal.template, files: renewal.files, counter: place(renewal.counter) },
    }),
    ...(comparisons && {
      comparisons: {
        ...(age && { age: place(age) }),
        ...(validity && { validity: place(validity) }),
        ...(community && { community: place(community) }),
      },
    }),
  };
}

/** @internal What reads JSON: each reader refuses another value by the name of its place. */
export interface JsonReaders<T> {
  readonly field: (value: T, name: string) => T;
  readonly list: (value: T, where: string) => readonly T[];
  readonly text: (value: T, where: string) => string;
  readonly number: (value: T, where: string, max: number) => number;
}

/** @internal {@link ApplicationFunctions} out of JSON. */
export function parseFunctions<T>(value: T, where: string, read: JsonReaders<T>): ApplicationFunctions {
  const { field, list, text, number } = read;
  const place = (at: T, name: string): ValuePlace => ({
    file: text(field(at, "file"), `${name}.file`),
    tags: list(field(at, "tags"), `${name}.tags`).map((tag, i) => number(tag, `${name}.tags[${i}]`, 0xff_ffff)),
  });
  const optional = (of: T, name: "age" | "validity" | "community"): ComparedPlaces => {
    const at = field(of, name);
    return at === undefined ? {} : { [name]: place(at, `${where}.comparisons.${name}`) };
  };
  const renewal = field(value, "renewal");
  const comparisons = field(value, "comparisons");
  return {
    ...(renewal !== undefined && {
      renewal: {
        template: number(field(renewal, "template"), `${where}.renewal.template`, 0xff_ffff),
        files: list(field(renewal, "files"), `${where}.renewal.files`).map((name, i) =>
          text(name, `${where}.renewal.files[${i}]`),
        ),
        counter: place(field(renewal, "counter"), `${where}.renewal.counter`),
      },
    }),
    ...(comparisons !== undefined && {
      comparisons: {
        ...optional(comparisons, "age"),
        ...optional(comparisons, "validity"),
        ...optional(comparisons, "community"),
      },
    }),
  };
}
