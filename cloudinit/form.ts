/** The forms of user data that cloud-init tells apart by the first line. */
export type UserDataForm =
  | "cloud-config"
  | "cloud-config-archive"
  | "shell-script"
  | "boothook"
  | "include"
  | "include-once"
  | "part-handler"
  | "jinja-template"
  | "mime";

/** The MIME type under which cloud-init handles each form as a part; a MIME document brings its own. */
export const MIME_TYPES: Readonly<Record<Exclude<UserDataForm, "mime">, string>> = {
  "cloud-config": "text/cloud-config",
  "cloud-config-archive": "text/cloud-config-archive",
  "shell-script": "text/x-shellscript",
  boothook: "text/cloud-boothook",
  include: "text/x-include-url",
  "include-once": "text/x-include-once-url",
  "part-handler": "text/part-handler",
  "jinja-template": "text/jinja2",
};

// The longer prefix stands before the shorter one that it contains. Source: cloudinit/handlers/__init__.py.
const PREFIXES: readonly (readonly [string, UserDataForm])[] = [
  ["#cloud-config-archive", "cloud-config-archive"],
  ["#cloud-config", "cloud-config"],
  ["#!", "shell-script"],
  ["#cloud-boothook", "boothook"],
  ["#include-once", "include-once"],
  ["#include", "include"],
  ["#part-handler", "part-handler"],
  ["## template: jinja", "jinja-template"],
];

/** The form of plain user data; undefined if cloud-init would not know what to do with it either. */
export function formOf(text: string): UserDataForm | undefined {
  if (/^(?:Content-Type|MIME-Version):/i.test(text)) {
    return "mime";
  }
  return PREFIXES.find(([prefix]) => text.startsWith(prefix))?.[1];
}
