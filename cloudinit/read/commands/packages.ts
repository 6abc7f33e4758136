import { configurationOf, type Moment } from "../starts";
import { HOLE } from "../source";
import type { Status } from "../shell/streams";
import { installPackages } from "../packages";
import type { Call, Handler } from "./call";
import { notUnderstood } from "./not-understood";

/** Commands that install packages: those of Debian and Ubuntu start the services that they install, and others do not. */
export const PACKAGES: readonly (readonly [string, Handler])[] = [
  ...["apt-get", "apt", "aptitude"].map((name) => [name, apt] as const),
  ...["dpkg", "unattended-upgrade", "unattended-upgrades"].map((name) => [name, changesSome] as const),
  ["dpkg-reconfigure", reconfigure],
  ...["apt-key", "apt-mark", "add-apt-repository"].map((name) => [name, ofDebian] as const),
  ...["yum", "dnf", "microdnf", "tdnf", "rpm", "zypper", "apk", "pacman", "amazon-linux-extras"].map(
    (name) => [name, ofAnother] as const,
  ),
];

function ofAnother(call: Call): Status {
  call.shell.machine.starts.sign("other", call.doubt === undefined);
  return notUnderstood(call);
}

function ofDebian(call: Call): Status {
  call.shell.machine.starts.sign("debian", call.doubt === undefined);
  return notUnderstood(call);
}

/** Packages that it does not name, or that come from files. */
function changesSome(call: Call): Status {
  if (!call.fields.some(({ text }) => ONLY_LOOKS.test(text))) {
    call.shell.machine.starts.touchRunning(momentOf(call));
  }
  return ofDebian(call);
}

/** What the installation of a package does behind its questions, it does once more: a restart, or none. */
function reconfigure(call: Call): Status {
  call.shell.machine.starts.remove(call.fields.map(({ text }) => text));
  return ofDebian(call);
}

/** What dpkg is told where it changes no package. */
const ONLY_LOOKS =
  /^(?:-[lsLSpc]|--(?:list|status|listfiles|search|get-selections|print-.*|(?:add|remove)-architecture|compare-versions|verify|audit|version))$/;

/** Options with a word of their own behind them. */
const WITH_WORD = /^(?:-[a-zA-Z]*[otc]|--(?:option|target-release|default-release|config-file))$/;
/** Options of which none keeps apt from installing what it is told to. */
const ORDINARY =
  /^(?:-[yqfmVu]+|-q=\d|--(?:yes|assume-yes|quiet(?:=\d)?|force-yes|fix-broken|fix-missing|ignore-missing|verbose-versions|show-upgraded|no-upgrade|auto-?remove|purge|reinstall|allow-[a-z-]+|(?:no-)?install-(?:recommends|suggests)|(?:target|default)-release=.*))$/;
/** Of the settings that `-o` gives, those that have no say in it. */
const ORDINARY_SETTING = /^(?:dpkg::(?:options|use-pty|lock)|acquire::|apt::acquire|apt::get::assume)/i;

function apt(given: Call): Status {
  // `apt-get update && apt-get install`: where the one does not work, the other would not either.
  const call = given.isExpected === true ? { ...given, doubt: undefined } : given;
  const { machine } = call.shell;
  const { words, isOrdinary, settings } = wordsOf(call);
  const [verb, ...names] = words;
  const { starts } = machine;
  starts.sign("debian", call.doubt === undefined);
  const moment = momentOf(call);
  switch (verb) {
    case "install":
    case "reinstall": {
      const packages = names.map((name) => /^([a-z0-9][a-z0-9.+-]*?)(?:[:/=].*|\+)?$/.exec(name)?.[1] ?? "");
      // dpkg asks whose version of such a file is to stay, and fails where nobody answers.
      const asks =
        !settings.some((text) => text.includes("--force-conf")) &&
        packages.some((name) => machine.files.has(configurationOf(name) ?? ""));
      installPackages(machine, packages, { ...moment, isSure: moment.isSure && isOrdinary && !asks });
      starts.remove(names.filter((name) => name.endsWith("-")).map((name) => name.slice(0, -1)));
      break;
    }
    case "remove":
    case "purge":
    case "autoremove":
    case "autopurge":
      starts.remove(names);
      break;
    case "update":
    case "clean":
    case "autoclean":
    case "list":
    case "search":
    case "show":
    case "policy":
    case "download":
      break;
    default:
      starts.touchRunning(moment);
  }
  const status = notUnderstood(given);
  call.shell.installs = call.doubt === undefined;
  return status;
}

function momentOf({ shell, line, doubt }: Call): Moment {
  return shell.machine.moment(shell.circumstance(line, doubt));
}

/** The words that are no options; whether all of the options are ordinary ones; what `-o` sets. */
function wordsOf({ shell, fields }: Call): {
  readonly words: readonly string[];
  readonly isOrdinary: boolean;
  readonly settings: readonly string[];
} {
  const words: string[] = [];
  const settings: string[] = [];
  // `RUNLEVEL=1` is an old way to have it start nothing.
  let isOrdinary = !shell.variables.has("RUNLEVEL");
  const all = fields.map(({ text }) => text);
  for (let at = 0; at < all.length; at++) {
    const word = all[at] ?? "";
    const [, setting] = /^(?:-o|--option=)(.+)$/s.exec(word) ?? [];
    if (WITH_WORD.test(word)) {
      const given = all[++at] ?? "";
      settings.push(...(/^(?:-[a-zA-Z]*o|--option)$/.test(word) ? [given] : []));
      isOrdinary &&= !/c$|config/.test(word);
    } else if (setting !== undefined) {
      settings.push(setting);
    } else if (word.startsWith("-")) {
      isOrdinary &&= ORDINARY.test(word);
    } else {
      // Several packages, or an option, in one variable.
      isOrdinary &&= !word.startsWith(HOLE);
      words.push(word);
    }
  }
  return { words, settings, isOrdinary: isOrdinary && settings.every((text) => ORDINARY_SETTING.test(text)) };
}
