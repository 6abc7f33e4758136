import type { Files } from "./files";
import { ABOUT_SETTINGS } from "./shell/about-settings";

/** Where units and drop-ins of them stand: what is in the name of the folder or of the file is the unit. */
const UNIT_FILE =
  /^\/(?:etc|run|(?:usr\/(?:local\/)?)?lib)\/systemd\/system\/([^/]+?\.[a-z]+)(?:\.d\/[^/]+\.conf)?$/;
/** Scripts that cloud-init runs behind the packages and before the scripts of the user data. Source: cloudinit/config/cc_scripts_per_boot.py. */
const IMAGE_SCRIPT = /^\/var\/lib\/cloud\/scripts\/per-(?:once|boot|instance)\//;

const STARTS_SERVICES =
  /\b(?:systemctl|invoke-rc\.d)\b|\bservice\s{1,9}\S{1,99}\s{1,9}(?:re)?(?:start|load)|\/init\.d\//;

/** Whether a unit that the user data makes may start or end services itself: by what stands in it, or in a script of the user data that it names. */
export function unitStartsServices(files: Files, unit: string): boolean {
  const started = unit.replace(/\.(?:timer|path|socket)$/, ".service");
  const text = textOf(files, filesOfUnit(files, started));
  const scripts = text === "" ? [] : files.paths().filter((path) => text.includes(path));
  return STARTS_SERVICES.test(text) || STARTS_SERVICES.test(textOf(files, scripts));
}

/** Whether the user data has a service set something itself before it listens, as with `ExecStartPre=`. */
export function unitSetsSomething(files: Files, unit: string): boolean {
  return ABOUT_SETTINGS.test(textOf(files, filesOfUnit(files, unit)));
}

/** Whether a script that cloud-init finds in its own folders may start or end services. */
export function imageScriptsStartServices(files: Files): boolean {
  return STARTS_SERVICES.test(
    textOf(
      files,
      files.paths().filter((path) => IMAGE_SCRIPT.test(path)),
    ),
  );
}

/** Its own file, that of its template, and drop-ins. */
function filesOfUnit(files: Files, unit: string): readonly string[] {
  const names = [unit, unit.replace(/@.+\./, "@.")];
  return files.paths().filter((path) => names.includes(UNIT_FILE.exec(path)?.[1] ?? ""));
}

function textOf(files: Files, paths: readonly string[]): string {
  return paths.flatMap((path) => files.lines(path).map(({ text }) => text)).join("\n");
}
