import { HOLE } from "../source";
import type { Status } from "../shell/streams";
import type { Call, Handler } from "./call";
import { notUnderstood } from "./not-understood";
import { touched } from "./touched";

/** Commands that bring files from elsewhere, one or a whole tree of them. */
export const TRANSFERS: readonly (readonly [string, Handler])[] = [
  ["curl", download],
  ["wget", download],
  ["aria2c", download],
  ["aws", copyFromAfar],
  ["gsutil", copyFromAfar],
  ["gcloud", copyFromAfar],
  ["az", copyFromAfar],
  ["azcopy", copyFromAfar],
  ["s3cmd", copyFromAfar],
  ["rclone", copyFromAfar],
  ["scp", copyFromAfar],
  ["sftp", copyFromAfar],
  ["rsync", copyFromAfar],
  ["git", git],
  ["tar", unpack],
  ["bsdtar", unpack],
  ["unzip", unpack],
  ["7z", unpack],
  ["7za", unpack],
  ["cpio", unpack],
  ["ar", unpack],
  ["gunzip", inPlace],
  ["gzip", inPlace],
  ["xz", inPlace],
  ["unxz", inPlace],
  ["bunzip2", inPlace],
  ["zstd", inPlace],
];

const FOLDER_OPTIONS = /^(?:-P|-d|--directory-prefix|--output-dir|--dir)$/;
const FILE_OPTIONS = /^(?:-[a-zA-Z]*[oO]|--output|--output-document|--out|-c|--cookie-jar|-D|--dump-header)$/;

/** `curl` and `wget`: into the file or the directory that is named, else under its own name into the current one. */
function download(call: Call): Status {
  const { shell, fields } = call;
  call.output({ text: HOLE, source: shell.sourceOf(call.line), doubt: call.doubt });
  fields.forEach(({ text }, index) => {
    const before = fields[index - 1]?.text ?? "";
    const attached = /^(?:-[oOP]|--(?:output|output-document|directory-prefix|output-dir|dir|out)=)(.+)$/.exec(text)?.[1];
    const target = attached ?? (FILE_OPTIONS.test(before) || FOLDER_OPTIONS.test(before) || text.startsWith("/") ? text : undefined);
    if (target !== undefined && !/^-/.test(target)) {
      bring(call, target);
    }
  });
  if (isNear(call) && !fields.some(({ text }) => FILE_OPTIONS.test(text) && !/^-[a-zA-Z]*O$/.test(text))) {
    bring(call, ".");
  }
  return "unclear";
} // prettier-ignore

/** Whether the current directory is one that sysctl files lie in, or may be; the one where scripts start says nothing. */
function isNear({ shell }: Call): boolean {
  return shell.nearSysctlFiles || /^\/(?:etc|run|usr)(?:\/|$)/.test(shell.directory ?? "");
}

function bring(call: Call, target: string): void {
  touched(call, target, "downloaded");
}

/** The last path is where it goes: one file, or everything below. */
function copyFromAfar(call: Call): Status {
  const { shell, fields } = call;
  call.output({ text: HOLE, source: shell.sourceOf(call.line), doubt: call.doubt });
  for (const { text } of fields) {
    const path = text.replace(/^--(?:destination|file|dest|outfile|local-dir)=/, "");
    if (path.startsWith("/") || (/^\.{0,2}(?:\/|$)/.test(path) && isNear(call))) {
      bring(call, path);
    }
  }
  if (fields.some(({ text }) => text === "." || text === "./") && isNear(call)) {
    bring(call, ".");
  }
  return "unclear";
}

/** `git clone URL DIRECTORY`, and whatever changes a work tree. */
function git(call: Call): Status {
  call.output({ text: HOLE, source: call.shell.sourceOf(call.line), doubt: call.doubt });
  for (const { text } of call.fields) {
    const folder = text.replace(/^--(?:work-tree|git-dir)=/, "");
    if (folder.startsWith("/")) {
      bring(call, folder);
    }
  }
  if (isNear(call)) {
    bring(call, ".");
  }
  return "unclear";
}

/** Archives that are unpacked without saying where are taken to stay in a folder of their own, where scripts start. */
function unpack(call: Call): Status {
  const { shell, fields, name } = call;
  const base = name.text.slice(name.text.lastIndexOf("/") + 1);
  call.output({ text: HOLE, source: shell.sourceOf(call.line), doubt: call.doubt });
  const [first] = fields;
  const takesOut =
    base !== "tar" && base !== "bsdtar"
      ? base !== "cpio" || fields.some(({ text }) => /^-[a-zA-Z]*[ip]|^--(?:extract|pass-through)/.test(text))
      : /^[a-zA-Z]*x/.test(first?.text ?? "") ||
        fields.some(({ text }) => /^-[a-zA-Z]*x|^--(?:extract|get)$/.test(text));
  if (!takesOut) {
    return "unclear";
  }
  let named = false;
  for (const [index, { text }] of fields.entries()) {
    const before = fields[index - 1]?.text ?? "";
    const folder =
      /^(?:-C|--directory=|--cd=|-o|-D)(.+)$/.exec(text)?.[1] ??
      (/^-[a-zA-Z]*[CdD]$|^--(?:directory|cd)$/.test(before) || (index === 1 && /^[a-zA-Z]*C$/.test(before)) ? text : undefined);
    if (folder !== undefined && !folder.startsWith("-") && !/^(?:=)/.test(folder) && (base !== "cpio" || !/^-[a-zA-Z]*d/.test(before))) {
      named = true;
      bring(call, folder);
    }
    if (/^-[a-zA-Z]*P|^--absolute-names/.test(text) && /tar$/.test(base)) {
      named = true;
      bring(call, "/");
    }
  }
  if (!named && isNear(call)) {
    bring(call, ".");
  }
  return "unclear";
} // prettier-ignore

function inPlace(call: Call): Status {
  for (const { text } of call.fields) {
    if (!text.startsWith("-") && /sysctl/.test(text)) {
      touched(call, text.replace(/\.(?:gz|xz|bz2|zst)$/, ""));
    }
  }
  return notUnderstood(call);
}
