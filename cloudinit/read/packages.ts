import type { Machine } from "./machine";
import type { Moment } from "./starts";
import { entry, isTrue, textOf, type Node } from "./yaml";

/** Keys of cloud-config that only the modules for Debian and Ubuntu take, and those that only others take. Source: cloudinit/config/. */
const SIGNS = [
  ["debian", ["apt", "apt_sources", "apt_mirror", "ubuntu_advantage", "ubuntu_pro", "ubuntu_drivers"]],
  ["other", ["yum_repos", "yum_repo_dir", "zypper", "rh_subscription", "apk_repos"]],
] as const;

/** Installs the packages of `packages`. Source: cloudinit/config/cc_package_update_upgrade_install.py. */
export function installConfigured(config: Node, machine: Machine): void {
  for (const [family, keys] of SIGNS) {
    if (keys.some((key) => entry(config, key) !== undefined)) {
      machine.starts.sign(family, true);
    }
  }
  const list = entry(config, "packages");
  if (list === undefined || mayReboot(config)) {
    return;
  }
  for (const item of list.kind === "list" ? list.items : [list]) {
    const moment = machine.moment({ place: { part: item.part, line: item.line } });
    const ofApt = entry(item, "apt");
    if (ofApt !== undefined) {
      machine.starts.sign("debian", true);
    }
    const names = ofApt?.kind === "list" ? ofApt.items : [item];
    installPackages(machine, names.flatMap(packageOf), moment);
  }
}

/** A name, or a name and a version. */
function packageOf(node: Node): string[] {
  const name = textOf(node.kind === "list" ? node.items[0] : node);
  return name === undefined ? [] : [name.replace(/[=/].*$/s, "")];
}

/** The machine boots once more behind the packages, if one of them asks for that. */
function mayReboot(config: Node): boolean {
  return ["package_reboot_if_required", "apt_reboot_if_required"].some((key) => isTrue(entry(config, key)));
}

/** Where the packages of Debian ask whether they may start a service. */
const POLICY = "/usr/sbin/policy-rc.d";

/** Packages are installed: what they bring is started, unless the user data sees to it that it is not. */
export function installPackages(machine: Machine, packages: readonly string[], moment: Moment): void {
  const { files, starts } = machine;
  if (files.has(POLICY) && files.executable(POLICY) !== false) {
    starts.doubtInstalls();
  }
  starts.install(packages, moment);
}
