import { fromJson } from "../backlog/json";
import { isRecord } from "../backlog/record";

/** What an output has to hold: in words, such as `a report`, and by the name of its schema. */
export interface Expected {
  readonly what: string;
  readonly schema: string;
}

/** Why an output does not hold it. */
export class NoDocument extends Error {}

/**
 * The one JSON document of a schema in what a script printed on a host: a line of its own. What runs there at each login may print lines
 * too, also of JSON, and even such a document of yesterday: of two, nobody can say which is of now.
 *
 * @throws NoDocument for none, half of one, or more than one
 */
export function readDocument(output: string, { what, schema }: Expected): Record<string, unknown> {
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  const documents = lines.map(parsed).filter((one) => one !== undefined);
  const [document, another] = documents.filter((one) => one.schema === schema);
  if (lines.some((line) => line.startsWith(`{"schema":"${schema}"`) && parsed(line) === undefined)) {
    throw new NoDocument(`the host sent ${what} that is not whole; it may have been cut short`);
  }
  if (another !== undefined) {
    throw new NoDocument(`the host sent ${what} more than once; look at what its shell prints at each login`);
  }
  if (document === undefined) {
    throw new NoDocument(
      documents.some((one) => typeof one.schema === "string" && one.schema.startsWith("listen-backlog-"))
        ? `the host sent ${what} of another schema; this version reads ${schema}`
        : `the host sent ${what.replace(/^an? /, "no ")}; the script may have been cut short, or what its shell runs at each login takes its place`,
    );
  }
  return document;
}

/** Half a line, or one of something else, is none: how it begins tells. */
function parsed(line: string): Record<string, unknown> | undefined {
  const document = fromJson(line);
  return isRecord(document) ? document : undefined;
}
