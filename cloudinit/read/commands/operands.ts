import type { Field } from "../shell/field";
import type { Call } from "./call";

/** What a command like `cp` is to copy, move or link, and where to. */
interface Operands {
  readonly sources: readonly Field[];
  readonly target: Field;
  /** The target is a directory, as `-t` and a slash at its end say; or surely none (`-T`). */
  readonly isDirectory: boolean | undefined;
  readonly recursive: boolean;
  /** What is there already may stay. */
  readonly keeps: boolean;
}

const WITH_ARGUMENT: Readonly<Record<string, RegExp>> = {
  cp: /^-[a-zA-Z]*S$/,
  mv: /^-[a-zA-Z]*S$/,
  install: /^-[a-zA-Z]*[mogS]$|^--(?:mode|owner|group)$/,
};

/** Undefined where it names nothing to copy, or makes directories alone. */
export function operandsOf({ name, fields }: Call): Operands | undefined {
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  const found: Field[] = [];
  let into: Field | undefined;
  let flat = false;
  let recursive = false;
  let keeps = false;
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at];
    const text = field?.text ?? "";
    if (field === undefined || !text.startsWith("-") || text === "-") {
      found.push(...(field ? [field] : []));
    } else if (text === "--") {
      found.push(...fields.slice(at + 1));
      break;
    } else if (/^-[a-zA-Z]*t$/.test(text) || text === "--target-directory") {
      into = fields[++at];
    } else if (/^(?:-t|--target-directory=)/.test(text)) {
      into = { ...field, text: text.replace(/^(?:-t|--target-directory=)/, "") };
    } else if (WITH_ARGUMENT[base]?.test(text)) {
      at++;
    } else {
      flat ||= /^-[a-zA-Z]*T|^--no-target-directory/.test(text);
      recursive ||= /^-[a-zA-Z]*[rRa]|^--(?:recursive|archive)/.test(text);
      keeps ||= /^-[a-zA-Z]*[nuisl]|^--(?:no-clobber|update|interactive|link|symbolic-link|parents|exchange)/.test(text);
      if (base === "install" && /^-[a-zA-Z]*d|^--directory/.test(text)) {
        return undefined;
      }
    }
  }
  const target = into ?? found.pop();
  return target === undefined || found.length === 0
    ? undefined
    : {
        sources: found,
        target,
        isDirectory: into !== undefined || target.text.endsWith("/") || found.length > 1 ? true : flat ? false : undefined,
        recursive: recursive || base === "mv",
        keeps: keeps && base !== "install",
      };
} // prettier-ignore

/** Directories that every host has, and directories of files that have names like these. */
export const DIRECTORIES =
  /^\/(?:|etc|opt|root|tmp|run|srv|var|home|usr|(?:usr(?:\/local)?\/)?s?bin|usr\/(?:local\/)?(?:lib|etc|share)|var\/(?:lib|log|tmp))$|\.d$/;
