import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  composeUserData,
  SYSCTL_FILE,
  UserDataError,
  type ComposeOptions,
  type TuningPart,
} from "../../cloudinit";
import { FILE_MARK } from "../../cloudinit/part";
import { generateHostKey } from "../../components/host-key";

const PART: TuningPart = {
  settings: [{ key: "net.core.somaxconn", value: "4096" }],
  relisten: [],
  hostKey: generateHostKey(),
};
const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");
const config = (yaml: string) => `#cloud-config\n${yaml}`;
const mime = (headers: string, body: string) => `MIME-Version: 1.0\n${headers}\n\n${body}`;
const parts = (...contents: string[]) =>
  mime(
    "Content-Type: multipart/mixed; boundary=x",
    `${contents.map((content) => `--x\n${content}\n`).join("")}--x--\n`,
  );

const BOMB = ["a: &a [x, x, x, x, x, x, x, x, x]", "b", "c", "d", "e", "f", "g", "h", "i"].map(
  (name, index) => {
    const before = "abcdefghi".charAt(index - 1);
    return index === 0 ? name : `${name}: &${name} [${Array(9).fill(`*${before}`).join(", ")}]`;
  },
);

/** The given, and what to do, of every refusal. */
const REFUSED: readonly (readonly [string, string, RegExp, RegExp])[] = [
  ["plain text", "apt-get update", /^text that begins with a letter$/, /^put #cloud-config or #!/],
  ["a script behind a space", " #!/bin/sh\n", /begins with white space$/, /with nothing before it$/],
  ["a byte order mark", "\ufeff#cloud-config\n", /begins with a byte order mark/, /without the byte order/],
  ["JSON", '{"runcmd": []}', /^text that begins with a bracket/, /JSON is YAML$/],
  [
    "Bottlerocket",
    '[settings.kubernetes]\na = "b"',
    /^text that begins with a table of TOML/,
    /^user data for a distribution with cloud-init/,
  ],
  [
    "Ignition",
    '{ "ignition": {} }',
    /^text that begins with Ignition's JSON$/,
    /^user data for a distribution with cloud-init/,
  ],
  [
    "a NodeConfig",
    "---\napiVersion: node.eks.aws/v1alpha1",
    /^text that begins with a Kubernetes object/,
    /^a part of its own in a MIME document/,
  ],
  ["PowerShell", "<powershell>", /^text that begins with an angle bracket/, /^user data for Linux/],
  ["a comment", "# my server\n", /^text that begins with a comment/, /^put #cloud-config/],
  ["a number", "10.0.0.1 host", /^text that begins with a digit$/, /^put/],
  ["a bell", "\u0007", /^text that begins with a control character$/, /^put/],
  ["a sign", "$x", /^text that begins with another sign$/, /^put/],
  ["raw gzip", "\u001f\ufffd\b\u0001", /^text that begins with/, /^base64 of it: this looks like gzip/],
  [
    "half a character in a script",
    "#!/bin/sh\necho \ud83d!\n",
    /^half of a character \(a lone surrogate\) at line 2, column 6$/,
    /^write the whole/,
  ],
  ["a NUL byte", "#!/bin/sh\necho \0\n", /^a NUL byte at line 2, column 6$/, /encoding: b64/],
  [
    "binary",
    base64(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff])),
    /^bytes that are no UTF-8, from byte 5 on$/,
    /UTF-8/,
  ],
  [
    "base64 cut short",
    base64(`#!/bin/sh\n${"echo hello\n".repeat(9)}`).slice(0, -3),
    /^text that looks like base64 and stops being it at character \d+ of \d+$/,
    /^the text itself/,
  ],
  [
    "base64 with a space in it",
    base64("#!/bin/sh\n".repeat(9)).replace(/^.{50}/, "$& "),
    /at character 51 of 121$/,
    /^the text itself/,
  ],
  ["base64 of base64", base64(base64("#!/bin/sh\nls\n")), /^base64 of base64$/, /^the text itself/],
  [
    "truncated gzip",
    base64(gzipSync("#!/bin/sh\nls\n").subarray(0, -6)),
    /^gzip that ends too early$/,
    /^pack it again$/,
  ],
  [
    "damaged gzip",
    base64(gzipSync("#!/bin/sh\nls\n").map((byte, index) => (index === 12 ? byte ^ 0xff : byte))),
    /^gzip that is damaged$/,
    /^pack it again$/,
  ],
  [
    "a gzip bomb",
    base64(gzipSync(Buffer.alloc(50_000_000, 35))),
    /^more than 262144 bytes \(\d+ characters as given\)$/,
    /^move/,
  ],
  [
    "10 MB",
    `#!/bin/sh\n${"x".repeat(10_000_000)}`,
    /^more than 262144 bytes \(10000010 characters/,
    /^move files out/,
  ],
  [
    "invalid YAML",
    config("a: b\nruncmd: [ls\nb: c\n"),
    /^a cloud-config that is not valid YAML at line \d, column \d+ \([a-z ,:+>|']+\)$/,
    /cloud-init schema/,
  ],
  [
    "a tab for indentation",
    config("runcmd:\n\t- ls\n"),
    /^a tab at line 3, column 1 of a cloud-config$/,
    /by spaces/,
  ],
  ["a tab between words", config("a:\tb\n"), /^a tab at line 2, column 3 of/, /by spaces/],
  ["two documents", config("a: b\n---\nc: d\n"), /two documents, the second at line 3, column 1$/, /MIME/],
  [
    "a YAML bomb",
    config(BOMB.join("\n")),
    /^a cloud-config with aliases .* multiply beyond all measure at line 5, column 4$/,
    /^write out/,
  ],
  [
    "an alias of nothing",
    config("a: *b\n"),
    /^a cloud-config with an alias without an anchor before it at line 2, column 4$/,
    /^write out/,
  ],
  ["a tag", config("a: !vault secret\n"), /^a tag at line 2, column 4 of a cloud-config$/, /^remove the tag/],
  ["a control character", config("a: b\u0007\n"), /^the character U\+0007 at line 2, column 5 of/, /b64/],
  [
    "a list in a list in a list",
    config(`a: ${"[".repeat(7000)}${"]".repeat(7000)}\n`),
    /nested too deep at line 2, column \d+$/,
    /^flatten/,
  ],
  ["a list", config("- ls\n"), /^a cloud-config that is a list$/, /^write keys/],
  ["a word", config("runcmd\n"), /^a cloud-config that is a plain value$/, /^write keys/],
  [
    "an empty write_files",
    config("write_files:\n"),
    /^a cloud-config with write_files that is empty$/,
    /or remove it$/,
  ],
  [
    "a bootcmd of one command",
    config("bootcmd: ls\n"),
    /^a cloud-config with bootcmd that is no list$/,
    /as a list/,
  ],
  [
    "its own key of our type",
    config("ssh_keys: {ed25519_private: x}\n"),
    /ssh_keys that has ed25519_private$/,
    /^remove ed25519_private from/,
  ],
  [
    "keys that are none",
    config("ssh_keys: [x]\n"),
    /^a cloud-config with ssh_keys that is no map$/,
    /^remove/,
  ],
  [
    "MIME without its version",
    "Content-Type: multipart/mixed; boundary=x\n\n--x\n\n#!/bin/sh\n--x--\n",
    /^MIME headers without MIME-Version$/,
    /first line$/,
  ],
  [
    "MIME without a boundary",
    mime("Content-Type: multipart/mixed", "--x\n\n#!/bin/sh\n--x--\n"),
    /without a boundary$/,
    /^name the boundary/,
  ],
  [
    "MIME with another boundary",
    mime("Content-Type: multipart/mixed; boundary=y", "--x\n\n#!/bin/sh\n--x--\n"),
    /without parts/,
    /letter by letter$/,
  ],
  [
    "a part that is not valid YAML",
    parts(
      "Content-Type: text/x-shellscript\n\n#!/bin/sh",
      `Content-Type: text/cloud-config\n\n${config("a: [")}`,
    ),
    /^the cloud-config of part 2 that is not valid YAML/,
    /schema/,
  ],
  [
    "a part in base64",
    parts(`Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n${base64(config("bootcmd:\n"))}`),
    /^the cloud-config of part 1 with bootcmd that is empty$/,
    /or remove it$/,
  ],
  [
    "a part within a part",
    parts(
      `Content-Type: multipart/mixed; boundary=y\n\n--y\nContent-Type: text/cloud-config\n\na: b: c\n--y--`,
    ),
    /^the cloud-config of part 1 part 1 that is not valid YAML/,
    /schema/,
  ],
  [
    "an archive that is none",
    "#cloud-config-archive\ntype: text/cloud-config\n",
    /archive that is no list$/,
    /begin each part/,
  ],
  [
    "an entry of an archive without text",
    "#cloud-config-archive\n- content: {a: b}\n",
    /^entry 1 with content that is no text$/,
    /^write content: \|/,
  ],
  [
    "an entry of an archive with another type",
    "#cloud-config-archive\n- x\n- {type: script, content: x}\n",
    /^entry 2 with a type that is none$/,
    /^type: /,
  ],
  [
    "a JSON patch that is no JSON",
    "#cloud-config-jsonp\n- op: add\n",
    /^a cloud-config-jsonp that is no JSON list$/,
    /^write \[/,
  ],
  [
    "a JSON patch of ours",
    '#cloud-config-jsonp\n[{"op": "add", "path": "/bootcmd", "value": "ls"}]',
    /^a cloud-config-jsonp with bootcmd that is no list$/,
    /as a list/,
  ],
  [
    "a JSON patch with our file",
    `#cloud-config-jsonp\n[{"op": "add", "path": "/write_files/-", "value": {"path": "${SYSCTL_FILE}"}}]`,
    /^a cloud-config-jsonp with write_files that writes the file of this declaration/,
    /fileName/,
  ],
  [
    "our file",
    config(`write_files: [{path: /etc/x}, {path: ${SYSCTL_FILE}, content: x}]\n`),
    /^a cloud-config with write_files that writes the file of this declaration, in its entry 2$/,
    /another name \(fileName\)$/,
  ],
  [
    "our file in another spelling",
    config(`write_files: [{path: "//etc/sysctl.d/../${SYSCTL_FILE.replace("/etc/", "./")}"}]\n`),
    /writes the file of this declaration, in its entry 1$/,
    /fileName/,
  ],
  [
    "our own file of an earlier declaration, deferred",
    config(`write_files: [{path: ${SYSCTL_FILE}, defer: yes, content: "# ${FILE_MARK}\\n"}]\n`),
    /writes the file of this declaration/,
    /fileName/,
  ],
  [
    "final modules without those that run scripts",
    config("cloud_final_modules: [package-update-upgrade-install, [scripts-vendor, always]]\n"),
    /^a cloud-config with cloud_final_modules without scripts_user$/,
    /^add scripts_user to cloud_final_modules/,
  ],
  ["no final modules", config("cloud_final_modules:\n"), /without scripts_user$/, /or remove it$/],
  [
    "init modules without those that write files",
    config("cloud_init_modules: [bootcmd, {name: ssh}]\n"),
    /^a cloud-config with cloud_init_modules without write_files$/,
    /^add write_files/,
  ],
  [
    "init modules without the one of SSH",
    config("cloud_init_modules: [bootcmd, write-files]\n"),
    /^a cloud-config with cloud_init_modules without ssh$/,
    /^add ssh/,
  ],
  [
    "a part with characters that Python garbles",
    parts("Content-Type: text/x-shellscript\n\n#!/bin/sh\necho gr\u00fc\u00dfe"),
    /^part 1 of a MIME document with characters beyond ASCII and no Content-Transfer-Encoding: base64$/,
    /^encode the part in base64/,
  ],
  [
    "a part that is no text",
    parts("Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n/w=="),
    /^part 1 of a MIME document with bytes that are no UTF-8$/,
    /UTF-8/,
  ],
  [
    "a part in uuencode",
    parts("Content-Type: text/x-shellscript\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 x\nend"),
    /^part 1 of a MIME document in uuencode$/,
    /base64$/,
  ],
  [
    "a part of damaged gzip",
    parts("Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\nAAAA"),
    /^part 1 of a MIME document of gzip that is damaged, or of too much$/,
    /^pack it again/,
  ],
  [
    "a part within a part without a boundary",
    parts("Content-Type: text/plain\n\n#!/bin/sh", "Content-Type: multipart/mixed\n\nx"),
    /^part 2, a multipart document without a boundary$/,
    /^name the boundary/,
  ],
  [
    "a script whose name leaves none for ours",
    parts(
      `Content-Type: text/x-shellscript\nContent-Disposition: attachment; filename="${"z".repeat(254)}"\n\n#!/bin/sh`,
    ),
    /^a script whose file name begins with hundreds of z$/,
    /shorter name$/,
  ],
  [
    "an entry of an archive",
    "#cloud-config-archive\n- '#!/bin/sh'\n- type: text/cloud-config\n  content: |\n    write_files:\n",
    /^the cloud-config of entry 2 with write_files that is empty$/,
    /or remove it$/,
  ],
  [
    "a JSON patch of the whole document",
    `#cloud-config-jsonp\n[{"op": "replace", "path": "", "value": {}}]`,
    /operation 1 changes the whole document$/,
    /into a cloud-config instead$/,
  ],
  [
    "a JSON patch within a file of ours",
    `#cloud-config-jsonp\n[{"op": "add", "path": "/runcmd", "value": []}, {"op": "replace", "path": "/write_files/0/path", "value": "/x"}]`,
    /operation 2 changes write_files$/,
    /^write write_files into/,
  ],
  [
    "a JSON patch that copies onto a shared key",
    `#cloud-config-jsonp\n[{"op": "copy", "from": "/own", "path": "/write_files/-"}]`,
    /operation 1 changes write_files$/,
    /^write write_files/,
  ],
  [
    "a JSON patch that moves a shared key away",
    `#cloud-config-jsonp\n[{"op": "move", "from": "/bootcmd/0", "path": "/own"}]`,
    /operation 1 changes bootcmd$/,
    /^write bootcmd/,
  ],
  [
    "a JSON patch that copies the whole document",
    `#cloud-config-jsonp\n[{"op": "copy", "from": "", "path": "/own"}]`,
    /changes the whole document$/,
    /^write what it makes/,
  ],
  [
    "a JSON patch of a host key",
    `#cloud-config-jsonp\n[{"op": "add", "path": "/ssh_keys/ed25519_private", "value": "x"}]`,
    /operation 1 changes ssh_keys$/,
    /^write ssh_keys/,
  ],
  [
    "a JSON patch that removes a module",
    `#cloud-config-jsonp\n[{"op": "remove", "path": "/cloud_final_modules/0"}]`,
    /changes cloud_final_modules$/,
    /^write cloud_final_modules/,
  ],
  [
    "a JSON patch of the modules",
    `#cloud-config-jsonp\n[{"op": "add", "path": "/cloud_init_modules", "value": ["ssh"]}]`,
    /cloud_init_modules without write_files$/,
    /^add write_files/,
  ],
  [
    "a JSON patch of the rules of merging",
    `#cloud-config-jsonp\n[{"op": "add", "path": "/merge_how", "value": "list(replace)"}]`,
    /changes merge_how$/,
    /^write merge_how/,
  ],
  [
    "a JSON patch whose pointer is escaped",
    `#cloud-config-jsonp\n[{"op": "add", "path": "/merge_type~2", "value": 1}]`,
    /^a cloud-config-jsonp whose operation 1 is none$/,
    /"op": "add"/,
  ],
  [
    "a JSON patch whose pointer begins without a slash",
    `#cloud-config-jsonp\n[{"op": "remove", "path": "write_files"}]`,
    /operation 1 is none$/,
    /"op": "add"/,
  ],
  [
    "a JSON patch of another operation",
    `#cloud-config-jsonp\n[{"op": "merge", "path": "/a", "value": 1}]`,
    /operation 1 is none$/,
    /"op": "add"/,
  ],
  ["a JSON patch of words", `#cloud-config-jsonp\n["add"]`, /operation 1 is none$/, /"op": "add"/],
  [
    "modules in two parts",
    parts(
      "Content-Type: text/cloud-config\n\ncloud_final_modules: [scripts-user]",
      "Content-Type: text/cloud-config\n\ncloud_final_modules: [x, scripts-user]",
    ),
    /^cloud_final_modules in more than one part$/,
    /^write one cloud_final_modules/,
  ],
  [
    "modules in a part and in a patch",
    parts(
      "Content-Type: text/cloud-config\n\ncloud_final_modules: [scripts-user]",
      'Content-Type: text/cloud-config-jsonp\n\n[{"op": "add", "path": "/cloud_final_modules", "value": ["scripts-user"]}]',
    ),
    /^cloud_final_modules in more than one part$/,
    /^write one/,
  ],
  [
    "modules that are none",
    config("cloud_final_modules: [5, scripts-user]\n"),
    /cloud_final_modules that has an entry without a name$/,
    /as text$/,
  ],
  [
    "a module without a name",
    config("cloud_init_modules: [[[x]], write-files, ssh]\n"),
    /cloud_init_modules that has an entry without a name$/,
    /as text$/,
  ],
  [
    "a host key of another type that is no text",
    config("ssh_keys: {rsa_private: 5}\n"),
    /ssh_keys that has a key or a value that is no text$/,
    /as text/,
  ],
  [
    "a host key without a type",
    config("ssh_keys: {5: x}\n"),
    /ssh_keys that has a key or a value that is no text$/,
    /as text/,
  ],
  [
    "rules of merging that are none",
    config("merge_how: [list]\n"),
    /merge_how that cloud-init does not understand$/,
    /^merge_how: "list/,
  ],
  [
    "other rules of merging that are none",
    config("merge_type: lists(append)\n"),
    /merge_type that cloud-init does not understand$/,
    /^merge_type: "list/,
  ],
  [
    "rules of merging that lack their settings",
    config("merge_how: [{name: list}]\n"),
    /merge_how that cloud-init does not understand$/,
    /^merge_how/,
  ],
  [
    "a header of rules that are none",
    parts("Content-Type: text/cloud-config\nX-Merge-Type: own\n\na: b"),
    /^the cloud-config of part 1 with Merge-Type \(or X-Merge-Type\) that cloud-init does not understand$/,
    /^Merge-Type \(or X-Merge-Type\): "list/,
  ],
  ...(
    [
      [
        "rules without dict",
        config("merge_how: list(append)\nruncmd: [ls]\n"),
        "a cloud-config with merge_how",
      ],
      ["a list of rules without dict", config("merge_type: [[str]]\n"), "a cloud-config with merge_type"],
      [
        "a header of rules without dict",
        parts("Content-Type: text/cloud-config\nMerge-Type: str(append)\n\na: b"),
        "the cloud-config of part 1 with Merge-Type (or X-Merge-Type)",
      ],
      [
        "rules without dict, and a header that is none for its spelling",
        parts("Content-Type: text/cloud-config\nmerge-type: dict()\n\nmerge_how: list(append)"),
        "the cloud-config of part 1 with merge_how",
      ],
      [
        "an entry of an archive with rules without dict",
        "#cloud-config-archive\n- {type: text/cloud-config, content: 'a: b', Merge-Type: list()}\n",
        "the cloud-config of entry 1 with Merge-Type (or X-Merge-Type)",
      ],
    ] as const
  ).map(
    ([name, own, given]) =>
      [
        name,
        own,
        new RegExp(`^${given.replace(/[()]/g, "\\$&")} without dict$`),
        /list\(append\)\+dict\(no_replace,recurse_list\)/,
      ] as const,
  ),
  [
    "rules of merging behind what is white space for JavaScript alone",
    config("merge_how: '\ufeffdict(replace)'\n"),
    /merge_how that cloud-init does not understand$/,
    /^merge_how: "list/,
  ],
  [
    "rules of merging twice",
    config("merge_how: list(append)\nmerge_type: list(replace)\n"),
    /^a cloud-config with merge_how and merge_type$/,
    /^remove merge_type$/,
  ],
  [
    "an entry of an archive with a number for a header",
    "#cloud-config-archive\n- {content: x, own: 5}\n",
    /^entry 1 with a key or a value that is no text$/,
    /in quotes/,
  ],
  [
    "an entry of an archive with a number for a key",
    "#cloud-config-archive\n- {content: x, 5: own}\n",
    /^entry 1 with a key or a value that is no text$/,
    /in quotes/,
  ],
  [
    "an entry of an archive with a list for a file name",
    "#cloud-config-archive\n- {content: x, filename: [zzz]}\n",
    /^entry 1 with a filename that is no text$/,
    /in quotes$/,
  ],
  [
    "an entry of an archive of other bytes",
    "#cloud-config-archive\n- {content: !!binary /w==}\n",
    /^entry 1 with content that is no text$/,
    /^write content/,
  ],
  [
    "a script whose name has no letters",
    parts('Content-Type: text/x-shellscript; name="%%%"\n\n#!/bin/sh'),
    /^part 1 with a file name that no script can have$/,
    /or none$/,
  ],
  [
    "a script in the place of its folder",
    "#cloud-config-archive\n- {filename: .., content: '#!/bin/sh'}\n",
    /^entry 1 with a file name that no script can have$/,
    /or none$/,
  ],
  [
    "a script whose name is too long",
    `#cloud-config-archive\n- {filename: ${"a".repeat(256)}, content: '#!/bin/sh'}\n`,
    /^entry 1 with a file name that no script can have$/,
    /or none$/,
  ],
  [
    "many bombs of gzip",
    parts(
      ...Array.from(
        { length: 5 },
        () =>
          `Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n${base64(gzipSync("#".repeat(60_000)))}`,
      ),
    ),
    /^part 5 of a MIME document of gzip that is damaged, or of too much$/,
    /^pack it again/,
  ],
  [
    "a cloud-config of bytes",
    config("!!binary QUJD\n"),
    /^a cloud-config that is a plain value$/,
    /^write keys/,
  ],
  [
    "an include behind a space",
    " #include\nhttps://example.com/\n",
    /^text that begins with white space$/,
    /^put #cloud-config/,
  ],
  [
    "YAML that Python refuses, a: =",
    config("a: =\n"),
    /^a(?: cloud-config that is| cloud-config)? ?tag/,
    /./,
  ],
  [
    "YAML that Python refuses, a: &x 1 b: &x 2",
    config("a: &x 1\nb: &x 2\n"),
    /^a(?: cloud-config that is| cloud-config)? ?with an anchor twice/,
    /./,
  ],
  [
    "YAML that Python refuses, a: 2001-99-99",
    config("a: 2001-99-99\n"),
    /^a(?: cloud-config that is| cloud-config)? ?not valid YAML/,
    /./,
  ],
  [
    "YAML that Python refuses, [a]: 1",
    config("[a]: 1\n"),
    /^a(?: cloud-config that is| cloud-config)? ?not valid YAML/,
    /./,
  ],
  [
    "YAML that Python refuses, <<: 5",
    config("<<: 5\n"),
    /^a(?: cloud-config that is| cloud-config)? ?with a merge key/,
    /./,
  ],
  [
    "YAML that Python refuses, a: &a {<<: *a}",
    config("a: &a {<<: *a}\n"),
    /^a(?: cloud-config that is| cloud-config)? ?with an alias of what it stands in/,
    /./,
  ],
];

function refusal(userData: unknown, part: unknown = PART, options?: unknown): string {
  try {
    composeUserData(userData as string, part as TuningPart, options as ComposeOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(UserDataError);
    return (error as UserDataError).message;
  }
  throw new Error("it was composed");
}

describe("composeUserData refuses", () => {
  it.each(REFUSED)("%s: what was given and where, what is allowed, what to do", (_, userData, given, fix) => {
    const [, was, allowed, instead] =
      /^user data: given (.*?); allowed: (.+?); instead: (.+)$/s.exec(refusal(userData)) ?? [];
    expect(was).toMatch(given);
    expect(allowed).not.toBe("");
    expect(instead).toMatch(fix);
  });

  it.each([
    "",
    "x.cfg",
    "../x.conf",
    "a/b.conf",
    ".x.conf",
    "-x.conf",
    "x y.conf",
    "99-sysctl.conf",
    `${"x".repeat(101)}.conf`,
    "x.conf\n",
  ])("the file name %j", (fileName) => {
    expect(refusal("", { ...PART, fileName })).toMatch(/^user data: given the file name "/);
  });

  it("nothing for what our own part leaves out", () => {
    const { settings, relisten } = PART;
    for (const [own, part] of [
      ["bootcmd: ls\n", { settings, relisten, early: false }],
      ["ssh_keys: {ed25519_private: x}\n", { settings, relisten }],
      ["cloud_init_modules: [bootcmd, write-files]\n", { settings, relisten }],
      [`write_files: [{path: ${SYSCTL_FILE}}]\n`, { settings, relisten, fileName: "99-zzz.conf" }],
    ] as const) {
      expect(composeUserData(config(own), part)).toContain(own);
    }
  });

  it("nothing for what only costs the early values, or nothing at all", () => {
    for (const own of [
      "bootcmd: [exit 0]\n",
      "cloud_init_modules: [write_files, ssh]\n",
      "cloud_init_modules: [[cc_write_files.py, always], {name: write-files}, ssh]\n",
      "cloud_config_modules: [5]\n",
      "cloud_final_modules: [null, '', [], {}, scripts-user]\n",
      "merge_how: 'm_list(append) + dict()'\n",
      "merge_how: [[list, append], {name: m_dict, settings: no_replace}]\n",
      "cloud_final_modules: [scripts-user]\n",
      "write_files: [x, {path: 5}, {content: y}, {path: sysctl.d/99-zz-listen-backlog.conf}]\n",
      `write_files: [{path: ${SYSCTL_FILE}, content: "# ${FILE_MARK}\\nnet.core.somaxconn = 1\\n"}]\n`,
    ]) {
      expect(composeUserData(config(own), PART)).toContain(own);
    }
    for (const operation of [
      '{"op": "test", "path": "/write_files", "value": []}',
      '{"op": "remove", "path": "/cloud_final_modules"}',
      '{"op": "add", "path": "/write_files/-", "value": {"path": "/x"}}',
      '{"op": "add", "path": "/bootcmd/0", "value": "ls"}',
      '{"op": "replace", "path": "/ssh_keys", "value": {"rsa_private": "x"}}',
      '{"op": "move", "from": "/a~1b/0", "path": "/c~0d/-"}',
      '{"op": "copy", "from": "/write_files_of_ours", "path": "/own"}',
    ]) {
      expect(composeUserData(`#cloud-config-jsonp\n[${operation}]`, PART)).toContain(operation);
    }
    // The rules of the cloud-config and of its part go together, and a header in another spelling is none for cloud-init.
    for (const [header, own] of [
      ["Merge-Type: dict(replace)", "merge_how: list(append)\n"],
      ["merge-type: nonsense", "a: b\n"],
    ] as const) {
      const document = parts(`Content-Type: text/cloud-config\n${header}\n\n${own}`);
      expect(composeUserData(document, PART)).toContain(own);
    }
    // Somebody else's part: what is in it is not for cloud-init.
    const other = parts("Content-Type: application/node.eks.aws\n\n# gr\u00fc\u00dfe");
    expect(composeUserData(other, PART)).toContain("gr\u00fc\u00dfe");
  });

  const revoked = (): object => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };

  it("to take a second answer of what answers otherwise each time", () => {
    let asked = 0;
    const part = {
      get settings() {
        asked += 1;
        return asked === 1 ? PART.settings : [{ key: "x\ny", value: "'; reboot" }];
      },
      relisten: [],
    };
    const { settings, relisten } = PART;
    expect(composeUserData("", part)).toBe(composeUserData("", { settings, relisten }));
    expect(asked).toBe(1);
  });

  const setting = { key: "net.core.somaxconn", value: "4096" };
  const step = { unit: "nginx.service", how: "restart" };

  it.each<[string, unknown, unknown, unknown, RegExp]>([
    ["user data that is a number", 5, PART, undefined, /^given user data that is a number; allowed: text/],
    ["no text", null, PART, undefined, /^given user data that is null/],
    ["bytes", new Uint8Array(3), PART, undefined, /^given user data that is an object/],
    ["no part", "", null, undefined, /^given the part to add that is null/],
    ["no settings", "", { relisten: [] }, undefined, /^given settings that is not given; allowed: a list/],
    ["settings by key", "", { settings: {}, relisten: [] }, undefined, /^given settings that is an object/],
    [
      "a setting that is none",
      "",
      { settings: [null], relisten: [] },
      undefined,
      /^given settings\[0\] that is null/,
    ],
    ["a hole", "", { settings: Array(1), relisten: [] }, undefined, /^given settings\[0\] that is not given/],
    [
      "a number",
      "",
      { settings: [{ ...setting, value: 4096 }], relisten: [] },
      undefined,
      /^given settings\[0\] with a/,
    ],
    [
      "a bad key",
      "",
      { settings: [{ ...setting, key: "a b" }], relisten: [] },
      undefined,
      /^given settings\["a b"\]/,
    ],
    [
      "a bad value",
      "",
      { settings: [{ ...setting, value: "1\n" }], relisten: [] },
      undefined,
      /somaxconn"\] "1\\n"; allowed/,
    ],
    [
      "a key twice",
      "",
      { settings: [setting, setting], relisten: [] },
      undefined,
      /^given the setting "net.core.somaxconn" twice/,
    ],
    [
      "__proto__",
      "",
      { settings: [{ key: "__proto__", value: "1" }], relisten: [] },
      undefined,
      /^given settings\["__proto__"\]/,
    ],
    [
      "another field",
      "",
      { ...PART, hostkey: undefined },
      undefined,
      /^given the field "hostkey" of the part to add; allowed: settings, relisten, hostKey, early, fileName;/,
    ],
    [
      "a list that never ends",
      "",
      { settings: Array(4e9), relisten: [] },
      undefined,
      /^given settings of 4000000000 entries; allowed: at most 1000 entries/,
    ],
    [
      "a proxy of one",
      "",
      { settings: [], relisten: new Proxy([], { get: () => 4e9 }) },
      undefined,
      /^given relisten of 4000000000 entries/,
    ],
    [
      "an object with a length",
      "",
      { settings: { length: 4e9 }, relisten: [] },
      undefined,
      /^given settings that is an object/,
    ],
    [
      "a getter that throws",
      "",
      {
        get settings() {
          throw new TypeError("Hunter2");
        },
        relisten: [],
      },
      undefined,
      /^given an argument that throws when it is read; allowed: plain values; instead: plain objects and lists$/,
    ],
    ["a revoked proxy", "", revoked(), undefined, /^given an argument that throws/],
    ["a revoked proxy of options", "", PART, revoked(), /^given an argument that throws/],
    [
      "half a character in a key",
      "",
      { settings: [{ ...setting, key: "a\ud800" }], relisten: [] },
      undefined,
      /^given settings\["a/,
    ],
    [
      "half a character in a unit",
      "",
      { settings: [], relisten: [{ ...step, unit: "\ud800.service" }] },
      undefined,
      /^given the unit "/,
    ],
    ["no steps", "", { settings: [] }, undefined, /^given relisten that is not given/],
    [
      "a step that is none",
      "",
      { settings: [], relisten: ["nginx"] },
      undefined,
      /^given relisten\[0\] that is a string/,
    ],
    [
      "a step without a unit",
      "",
      { settings: [], relisten: [{ how: "restart" }] },
      undefined,
      /^given the unit nothing/,
    ],
    [
      "another way",
      "",
      { settings: [], relisten: [{ ...step, how: "stop" }] },
      undefined,
      /^given the way "stop"/,
    ],
    ["no host key", "", { ...PART, hostKey: "key" }, undefined, /^given the host key that is a string/],
    [
      "half a host key",
      "",
      { ...PART, hostKey: { privateKey: "x" } },
      undefined,
      /^given a host key without/,
    ],
    [
      "half a character in it",
      "",
      { ...PART, hostKey: { privateKey: "\ud800", publicKey: "x" } },
      undefined,
      /^given a host key/,
    ],
    [
      "early in words",
      "",
      { ...PART, early: "yes" },
      undefined,
      /^given early: "yes"; allowed: true or false/,
    ],
    ["a file name in numbers", "", { ...PART, fileName: 5 }, undefined, /^given the file name 5/],
    [
      "the encoding gzip",
      "",
      PART,
      { encoding: "gzip" },
      /^given the encoding "gzip"; .*; instead: gzip-base64$/,
    ],
    [
      "an encoding by an inherited name",
      "",
      PART,
      { encoding: "toString" },
      /^given the encoding "toString"/,
    ],
    ["another option", "", PART, { encodng: "base64" }, /^given the option "encodng"/],
    ["options that are none", "", PART, "base64", /^given the options that is a string/],
    ["null for options", "", PART, null, /^given the options that is null/],
  ])("the argument: %s", (_, userData, part, options, given) => {
    expect(refusal(userData, part, options).replace("user data: ", "")).toMatch(given);
  });

  it("and says nothing of what the user data holds", () => {
    const secret = "Hunter2Hunter2";
    const planted = REFUSED.flatMap(([, own]) => {
      const at = [0, 1, 5, 13, 14, 15, 40, own.length >> 1, own.length - 1, own.length];
      return own.length > 4000 ? [] : at.map((index) => own.slice(0, index) + secret + own.slice(index));
    });
    const written = [
      secret,
      `${secret}=x`,
      config(`${secret}: [`),
      config(`a: *${secret}`),
      config(`a: !${secret} b`),
      config(`write_files: [{path: ${SYSCTL_FILE}, content: ${secret}}]`),
      config(`cloud_final_modules: [${secret}]`),
      config(`ssh_keys: {${secret}: x, ed25519_private: ${secret}}`),
      parts(
        `${secret}: x\nContent-Type: multipart/${secret}; boundary=y\n\n--y\n\n#cloud-config\na: [\n--y--`,
      ),
      parts(`Content-Disposition: attachment; filename=${"z".repeat(254)}${secret}\n\n#!/bin/sh`),
      `#cloud-config-archive\n- type: ${secret}\n  content: x`,
      `#cloud-config-jsonp\n${secret}`,
      base64(secret.repeat(9)).slice(0, -1),
    ];
    const messages = [...planted, ...written].flatMap((own) => {
      try {
        composeUserData(own, PART);
        return [];
      } catch (error) {
        expect(error).toBeInstanceOf(UserDataError);
        return [(error as Error).message];
      }
    });
    expect(messages.length).toBeGreaterThan(300);
    expect(messages.filter((message) => /hunter/i.test(message))).toEqual([]);
    const key = { privateKey: secret, publicKey: "\ud800" };
    expect(refusal("", { ...PART, hostKey: key })).not.toContain(secret);
  });

  it("hostile text in linear time, and always in the same way", () => {
    for (const hostile of [
      `a${" ".repeat(200_000)}!`,
      "=".repeat(200_000),
      `Content-Type: multipart/mixed; boundary=${"-".repeat(200_000)}`,
      `MIME-Version: 1\n${" \n".repeat(100_000)}`,
      config("[".repeat(200_000)),
      config("a: &a\n".repeat(30_000)),
      `#!/bin/sh\n${"\t".repeat(200_000)}\0`,
    ]) {
      refusal(hostile);
    }
  });

  it("with nothing but a UserDataError, whatever comes in", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .tuple(
          fc.constantFrom(...REFUSED.map(([, own]) => own.slice(0, 400))),
          fc.nat(400),
          fc.string({ unit: "binary" }),
        )
        .map(([own, at, more]) => own.slice(0, at) + more + own.slice(at)),
    );
    fc.assert(
      fc.property(text, (own) => {
        try {
          composeUserData(own, PART);
        } catch (error) {
          expect(error).toBeInstanceOf(UserDataError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
