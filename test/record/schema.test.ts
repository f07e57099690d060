import { describe, expect, it } from "vitest";
import { checkCitizenRecord } from "../../src/record/parse.js";
import { citizenRecordJsonSchema } from "../../src/record/schema.js";
import { goodInput } from "./sample.js";

interface Schema {
  readonly type?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
}

describe("citizenRecordJsonSchema", () => {
  const schema = citizenRecordJsonSchema() as unknown as Schema;
  const field = (name: string): Schema | undefined => schema.properties?.[name];

  it("is published as docs/citizen-record.schema.json", async () => {
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot("../../docs/citizen-record.schema.json");
  });

  it("is a closed object schema that survives JSON", () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: false,
    });
  });

  it("requires exactly what the parser requires", () => {
    const missing = checkCitizenRecord({}).problems.map(({ path, code }) => `${path} ${code}`);
    expect(missing).toEqual(schema.required?.map((name) => `${name} FIELD_MISSING`));
    const address = checkCitizenRecord({ ...goodInput, address: {} }).problems.map(({ path }) => path);
    expect(address).toEqual(field("address")?.required?.map((name) => `address.${name}`));
  });

  it("knows every field of a full record, and its patterns take it", () => {
    const text = (path: string) => new RegExp(field(path)?.pattern ?? "(?!)", "u");
    for (const name of Object.keys(goodInput)) expect(field(name)).toBeDefined();
    expect(text("documentNumber").test(goodInput.documentNumber)).toBe(true);
    expect(text("issuingState").test("D<<")).toBe(false);
    expect(text("portrait").test(goodInput.portrait)).toBe(true);
  });
});
