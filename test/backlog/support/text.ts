import * as fc from "fast-check";

/** Text of any UTF-16 code units: control characters, look-alikes and lone surrogates are as likely as letters. */
export function anyText(constraints: fc.StringSharedConstraints = {}): fc.Arbitrary<string> {
  return fc.string({
    ...constraints,
    unit: fc.oneof(
      fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code)),
      fc.nat({ max: 0x7f }).map((code) => String.fromCharCode(code)),
    ),
  });
}
