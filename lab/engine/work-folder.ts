import * as fs from "node:fs";
import * as path from "node:path";
import { parse, parseDocument } from "yaml";

import { LabError } from "../errors";

/** The name of the one stack of a lab. */
export const STACK_NAME = "lab";

/** The engine's working folder: copies of the project's files, into which it may write. */
export class WorkFolder {
  private readonly configFile: string;

  constructor(
    readonly folder: string,
    project: string,
  ) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.configFile = path.join(folder, `Pulumi.${STACK_NAME}.yaml`);
    writeIfChanged(path.join(folder, "Pulumi.yaml"), project);
  }

  /** Puts a configuration in place, and keeps what the engine has put into the file: its salt, and encrypted values. */
  write(config: string): void {
    if (/^\s*(?:-\s*)?(?:secure|encryptionsalt|secretsprovider|encryptedkey)\s*:/m.test(config)) {
      throw new LabError(
        `Pulumi.${STACK_NAME}.yaml holds encrypted values, and every lab has a key of its own`,
        {
          fix: "write plain values into it: a lab's configuration is public",
        },
      );
    }
    const document = parseDocument(config);
    const [mistake] = document.errors;
    if (mistake !== undefined) {
      throw new LabError(`Pulumi.${STACK_NAME}.yaml is not valid YAML: ${mistake.message.trimEnd()}`, {
        fix: "correct the line that the message names",
        cause: mistake,
      });
    }
    const { salt, encrypted } = this.engineValues();
    if (salt === undefined) {
      writeIfChanged(this.configFile, config);
      return;
    }
    document.set("encryptionsalt", salt);
    for (const [key, value] of Object.entries(encrypted)) {
      document.setIn(["config", key], value);
    }
    writeIfChanged(this.configFile, document.toString());
  }

  /** Whether the values were encrypted by an earlier run: their fingerprint stands beside the configuration. */
  hasSecrets(fingerprint: string): boolean {
    return fs.existsSync(this.secretsFile) && fs.readFileSync(this.secretsFile, "utf8") === fingerprint;
  }

  rememberSecrets(fingerprint: string): void {
    writeIfChanged(this.secretsFile, fingerprint);
  }

  private get secretsFile(): string {
    return path.join(this.folder, "secrets.sha256");
  }

  private engineValues(): { salt: unknown; encrypted: Record<string, unknown> } {
    const present: unknown = fs.existsSync(this.configFile)
      ? parse(fs.readFileSync(this.configFile, "utf8"))
      : undefined;
    const { encryptionsalt, config } = (present ?? {}) as { encryptionsalt?: unknown; config?: object };
    const isEncrypted = (value: unknown) => typeof value === "object" && value !== null && "secure" in value;
    return {
      salt: encryptionsalt,
      encrypted: Object.fromEntries(Object.entries(config ?? {}).filter(([, value]) => isEncrypted(value))),
    };
  }
}

/** @throws LabError for a `Pulumi.yaml` without a usable name, or with plugins of its own. */
export function projectName(project: string): string {
  const name = /^name:\s*(["']?)([A-Za-z0-9_.-]{1,100})\1\s*(?:#.*)?$/m.exec(project)?.[2];
  if (name === undefined) {
    throw new LabError("Pulumi.yaml has no usable project name", {
      fix: "give it one of letters, digits, _ . and -, for example `name: listen-backlog`",
    });
  }
  if (/^(?:plugins|packages)\s*:/m.test(project)) {
    throw new LabError("Pulumi.yaml names plugins of its own, which the lab must not start", {
      fix: "remove `plugins` and `packages` from Pulumi.yaml",
    });
  }
  return name;
}

function writeIfChanged(file: string, content: string): void {
  if (!fs.existsSync(file) || fs.readFileSync(file, "utf8") !== content) {
    fs.writeFileSync(`${file}.new`, content, { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  }
}
