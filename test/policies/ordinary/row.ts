/** A resource: its type, and its properties as the program gives them. */
export type Row = readonly [type: string, props: Readonly<Record<string, unknown>>];
