import { LabError } from "../errors";
import { lastLines } from "./command";

interface Explanation {
  readonly seen: RegExp;
  readonly what: string;
  readonly fix: (where: string) => string;
}

/** Most specific first: a full disk also breaks downloads, and a proxy's refusal also mentions the address. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    seen: /No space left on device|Disk quota exceeded|You don't have enough free space|not enough free space/i,
    what: "the disk is full",
    fix: (where) =>
      `free about 1 GB on the disk of ${where} (\`apt-get clean\` empties apt's own cache), then try again`,
  },
  {
    seen: /Could not get lock|Unable to (?:acquire|lock)|dpkg frontend lock/,
    what: "another program is installing packages and holds dpkg's lock",
    fix: () => "wait until it has finished (`ps -e | grep -E 'apt|dpkg'` shows it), then try again",
  },
  {
    seen: /dpkg was interrupted|Unmet dependencies|you have held broken packages|unmet dependencies/,
    what: "the package database of this machine is broken or half-way through an installation",
    fix: () => "run `dpkg --configure -a && apt-get --fix-broken install`, then try again",
  },
  {
    seen: /40[137] {2}[A-Z]|Proxy Authentication Required/,
    what: "the package registry refused the request",
    fix: () =>
      "check the proxy and the credentials of apt (`apt-config dump | grep -i proxy`, /etc/apt/auth.conf.d), then try again",
  },
  {
    seen: /Release file .* (?:is not valid yet|is expired)|is not valid yet/,
    what: "the clock of this machine and the package registry do not agree",
    fix: () => "set the clock (`date` shows it), then try again",
  },
  {
    seen: /NO_PUBKEY|is not signed|signatures? (?:couldn't|could not) be verified|EXPKEYSIG|BADSIG|No system certificates/,
    what: "the signature or certificate of the package registry cannot be checked",
    fix: () => "install the packages debian-archive-keyring and ca-certificates, then try again",
  },
  {
    seen: /Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Cannot initiate the connection|Connection (?:failed|timed out|refused|reset)|Network is unreachable|No route to host|Could not wait for server fd|Failed to connect|Could not handshake/i,
    what: "the package registry cannot be reached",
    fix: () => "check the network and the proxy of apt (`apt-get update` must work), then try again",
  },
  {
    seen: /\b[45]\d\d {2}[A-Z]|does not have a Release file|Unable to locate package|has no installation candidate|Hash Sum mismatch|File has unexpected size/,
    what: "the package registry does not have what is needed",
    fix: () =>
      "check that the Debian 12 entries in /etc/apt/sources.list(.d) are complete and up to date (`apt-get update` must work), then try again",
  },
];

/**
 * Turns what apt, dpkg or mmdebstrap said into an error that names the cause and the way out, with their own words at the end.
 *
 * @param title what was done: `installing mmdebstrap`.
 * @param ended how it ended: `exit code 100`.
 * @param where the folder that was written to.
 */
export function explainAptFailure(title: string, output: string, ended: string, where: string): LabError {
  const explanation = EXPLANATIONS.find(({ seen }) => seen.test(output));
  const telling = explanation && output.split("\n").find((line) => explanation.seen.test(line));
  return new LabError(
    `${title} failed: ${explanation?.what ?? ended}${telling === undefined ? lastLines(output, 5) : lastLines(telling, 1)}`,
    { fix: explanation?.fix(where) ?? "read the message above; once `apt-get update` works, try again" },
  );
}
