import { readAndCount } from "./read";
import type { UserDataReading } from "./result";

export type * from "./result";

/**
 * What user data does to the sysctl settings and the listen backlogs of a server, at its first boot and at the next: text in any form
 * that cloud-init takes (cloud-config, scripts, boothooks, MIME documents and archives of these), plain or in base64 or gzip.
 *
 * It follows what cloud-init, the shell, sysctl and systemd-sysctl would do, and says `unknown` with the reason where the text alone
 * does not decide. Three things are taken for granted: the image itself says nothing of a key that the user data sets; a command that a
 * script runs without a condition works; and an archive that is unpacked where scripts start, without saying into which directory, brings
 * nothing that sets or configures anything elsewhere. Total: it never throws, whatever it is given, and its time is linear in the text.
 */
export function readUserData(userData: string | Uint8Array): UserDataReading {
  return readAndCount(userData).reading;
}
