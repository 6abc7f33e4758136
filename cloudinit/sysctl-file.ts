import { showGiven, type InputProblem } from "../backlog/finding";
import { UserDataError } from "./user-data-error";

const FOLDER = "/etc/sysctl.d";

/** The name of our file. It sorts after `99-sysctl.conf`, the link to `/etc/sysctl.conf`, so that it wins at boot. */
export const SYSCTL_FILE_NAME = "99-zz-listen-backlog.conf";

/** Our file, where nobody gives it another name. */
export const SYSCTL_FILE = `${FOLDER}/${SYSCTL_FILE_NAME}`;

/**
 * What is wrong with a name for our file: that it is none, that systemd would not read it, or that it is the link to
 * `/etc/sysctl.conf`, through which a file of somebody else's would be written over. Undefined for a name that can be used.
 *
 * @param path where the name stands, for the message
 */
export function sysctlFileNameProblem(name: unknown, path: string): InputProblem | undefined {
  return typeof name === "string" &&
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.conf$/.test(name) &&
    name !== "99-sysctl.conf"
    ? undefined
    : {
        path,
        given: showGiven(name),
        allowed:
          "letters, digits, dots, dashes and underscores, a letter or digit first, .conf at the end, at most 105 characters, and not 99-sysctl.conf",
        fix: SYSCTL_FILE_NAME,
      };
}

/**
 * The path of our file below `/etc/sysctl.d`.
 *
 * @throws UserDataError for a name that {@link sysctlFileNameProblem} has something against
 */
export function sysctlFilePath(name: string): string {
  const problem = sysctlFileNameProblem(name, "fileName");
  if (problem) {
    throw new UserDataError(`the file name ${problem.given}`, problem.allowed, problem.fix);
  }
  return `${FOLDER}/${name}`;
}
