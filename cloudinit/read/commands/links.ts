import { isSysctlFile } from "../files";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
import { changedSomehow } from "./not-understood";
import { DIRECTORIES, operandsOf } from "./operands";
import { touched } from "./touched";

/** Commands that give a file another name. */
export const LINKS: readonly (readonly [string, Handler])[] = [["ln", link]];

/** Where a link matters: sysctl files and what is above them, settings of the kernel, and the unit that applies them. */
const LINKS_THAT_MATTER =
  /^\/(?:|etc|proc|run|usr|usr\/lib|usr\/local\/lib)$|sysctl|^\/proc\/(?:sys(?:\/|$)|\d|self|1\/)/;

/** A link may put a file into a directory of sysctl files, mask one, or lead to one. */
function link(call: Call): Status {
  const { shell, line, doubt } = call;
  const { machine } = shell;
  const given = operandsOf(call);
  const names = call.fields.filter(({ text }) => !text.startsWith("-"));
  const target = given?.target ?? names[0];
  if (target === undefined) {
    return "unclear";
  }
  const path = shell.path(target.text);
  const circumstance = shell.circumstance(line, doubt);
  for (const source of given?.sources ?? names.slice(0, 1)) {
    const name = source.text.slice(source.text.lastIndexOf("/") + 1);
    const isInside = given === undefined || given.isDirectory === true || path === undefined || DIRECTORIES.test(path);
    const at = given === undefined ? shell.path(name) : isInside ? shell.path(`${target.text}/${name}`) : path;
    const from = at === undefined ? undefined : source.text.startsWith("/") ? source.text : `${at.slice(0, at.lastIndexOf("/"))}/${source.text}`;
    const to = from === undefined ? undefined : shell.path(from);
    if (at === undefined || to === undefined) {
      if (/sysctl/.test(target.text + source.text) || shell.nearSysctlFiles) {
        machine.loseTrack(doubt ?? "variable", circumstance);
      }
      continue;
    }
    if (/^\/etc\/systemd\/system\/systemd-sysctl\.service$/.test(at)) {
      machine.maskUnit(true, { ...circumstance, doubt: to === "/dev/null" ? doubt : (doubt ?? "other-boot-mechanism") });
      continue;
    }
    machine.touchUnit(at, circumstance.place);
    if (isSysctlFile(at) || /\/sysctl\.d$/.test(at)) {
      changedSomehow(call, isSysctlFile(at) ? at : `${at}/unknown.conf`);
    }
    if (LINKS_THAT_MATTER.test(to) || machine.files.has(to)) {
      const isSoft = call.fields.some(({ text }) => /^-[a-zA-Z]*s|^--symbolic/.test(text));
      if (!isSoft) {
        // What is written to the one stands in the other.
        touched(call, to);
      }
      const isSure = doubt === undefined && isSoft && !machine.files.has(at) && (isInside || !machine.files.hasBelow(at));
      machine.files.link(at, isSure ? to : undefined);
    } else if (machine.files.hasBelow(to)) {
      machine.files.link(at, undefined);
    }
  }
  return "unclear";
} // prettier-ignore
