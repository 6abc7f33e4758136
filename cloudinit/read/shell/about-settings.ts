/** Where settings are written to. */
export const ABOUT_SETTINGS = /sysctl|\/proc\/sys\//;

/** Lines as they stand in sysctl files, and in few others. */
const SETTINGS = /^[ \t]*-?(?:net|vm|kernel|fs)[./][a-z0-9_./-]{3,100}[ \t]*=/m;

/** Whether text looks like that of a sysctl file, wherever it is written to. */
export function holdsSettings(text: string): boolean {
  return SETTINGS.test(text.slice(0, 4096));
}

/** Whether code looks as if it changes sysctl settings: reading them is no matter. */
export function changesSettings(code: string): boolean {
  return /sysctl[^|;&\n]{0,200}(?:\s-\S*[wp]|--system|=)|>\s{0,9}["']?\/(?:proc\/sys|etc\/sysctl)|systemd-sysctl/.test(
    code,
  );
}
