/** The forms of user data that cloud-init tells apart by its beginning. */
export type UserDataForm =
  | "cloud-config"
  | "cloud-config-archive"
  | "cloud-config-jsonp"
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
  "cloud-config-jsonp": "text/cloud-config-jsonp",
  "shell-script": "text/x-shellscript",
  boothook: "text/cloud-boothook",
  include: "text/x-include-url",
  "include-once": "text/x-include-once-url",
  "part-handler": "text/part-handler",
  "jinja-template": "text/jinja2",
};

interface Beginning {
  readonly prefix: string;
  readonly form: UserDataForm;
  /**
   * Whether the very first characters must be these. cloud-init takes white space before them, and capitals, for every form;
   * but the kernel then does not find `#!`, the boothook keeps its first line, the template is not rendered, and the line of the include
   * is taken for an address.
   */
  readonly exact: boolean;
}

// The longer prefix stands before the shorter one that it contains. Source: cloudinit/handlers/__init__.py.
const BEGINNINGS: readonly Beginning[] = [
  { prefix: "#cloud-config-archive", form: "cloud-config-archive", exact: false },
  { prefix: "#cloud-config-jsonp", form: "cloud-config-jsonp", exact: true },
  { prefix: "#cloud-config", form: "cloud-config", exact: false },
  { prefix: "#!", form: "shell-script", exact: true },
  { prefix: "#cloud-boothook", form: "boothook", exact: true },
  { prefix: "#include-once", form: "include-once", exact: true },
  { prefix: "#include", form: "include", exact: true },
  { prefix: "#part-handler", form: "part-handler", exact: false },
  { prefix: "## template: jinja", form: "jinja-template", exact: true },
];

/** No more than this much at the beginning decides on the form: white space of megabytes before it is nobody's intent. */
const LOOKED_AT = 4096;

/** The form of plain user data; undefined if cloud-init would not know what to do with it either. */
export function formOf(text: string): UserDataForm | undefined {
  if (hasMimeHeaders(text)) {
    return "mime";
  }
  const beginning = text.slice(0, LOOKED_AT);
  // White space as Python has it: a byte order mark is none.
  const lenient = beginning.replace(/^[^\S\ufeff]+/, "").toLowerCase();
  return BEGINNINGS.find(({ prefix, exact }) =>
    exact ? beginning.startsWith(prefix) : lenient.startsWith(prefix),
  )?.form;
}

/** Whether text begins with the headers of a MIME document: header lines, one of which is about MIME. */
function hasMimeHeaders(text: string): boolean {
  for (const line of text.slice(0, LOOKED_AT).split(/\r?\n/)) {
    if (/^(?:Content-Type|MIME-Version):/i.test(line)) {
      return true;
    }
    if (!/^[ \t]+\S|^[A-Za-z][A-Za-z0-9-]{0,60}:|^From /.test(line)) {
      return false;
    }
  }
  return false;
}

/**
 * The type by which cloud-init handles content that does not say its own; undefined where no beginning is known. White space before
 * it and capitals do not matter. Source: cloudinit/handlers/__init__.py type_from_starts_with().
 */
export function typeByBeginning(content: string): string | undefined {
  const head = content
    .slice(0, LOOKED_AT)
    .replace(/^[^\S\ufeff]+/, "")
    .toLowerCase();
  const found = BEGINNINGS.find(({ prefix }) => head.startsWith(prefix));
  return found && found.form !== "mime" ? MIME_TYPES[found.form] : undefined;
}

/** Whether cloud-init takes the text apart as MIME. Source: cloudinit/user_data.py convert_string(). */
export function isTakenForMime(text: string): boolean {
  const window = Buffer.from(text.slice(0, LOOKED_AT)).subarray(0, LOOKED_AT).toString("latin1");
  return /mime-version:/i.test(window);
}
