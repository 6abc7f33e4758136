import { UserDataError } from "./user-data-error";

const NAME = "-listen-backlog.sh";

/** Longest file name that Linux takes. */
export const NAME_LIMIT = 255;

/**
 * The name of our script on the host, behind all of the given ones: cloud-init runs the scripts of a folder in the order of their
 * names, and writes a second one of the same name over the first. Usually `zz-listen-backlog.sh`.
 *
 * @param others the names of the user's scripts, as {@link cleanFileName} leaves them
 * @throws UserDataError where no name is left, which takes one of hundreds of z
 */
export function scriptNameBehind(others: readonly string[]): string {
  // No character that a name may have sorts behind z: one z more than any other name begins with is behind all of them.
  let begin = "zz";
  while (others.some((other) => other >= begin + NAME)) {
    begin += "z";
  }
  if (begin.length + NAME.length > NAME_LIMIT) {
    throw new UserDataError(
      "a script whose file name begins with hundreds of z",
      `names that sort before ours, which has at most ${NAME_LIMIT} characters`,
      "give the script a shorter name",
    );
  }
  return begin + NAME;
}

/** A part's file name as cloud-init writes it. Source: cloudinit/util.py clean_filename(). */
export function cleanFileName(name: string): string {
  return name.replaceAll("/", "_").replace(/[^A-Za-z0-9_.()-]/g, "");
}
