import * as fs from "node:fs/promises";
import * as path from "node:path";

import { LabError } from "../errors";
import { subnetCandidates, type Lab } from "../identity";
import { withLock } from "../lock";
import { describeEnd, lastLines, runCommand } from "./command";
import { folderEntries, missing, readJson, writeJson } from "./records";
import { chooseSubnet, overlapping, type UsedNetwork } from "./subnet";

/** What `ip -json` says about a link, as far as it matters here. */
interface Link {
  readonly ifname: string;
  readonly ifalias?: string;
  readonly address?: string;
  readonly linkinfo?: { readonly info_kind?: string };
}

interface NetworkRecord {
  /** The prefix of the /24 network: `10.140.7`. */
  readonly subnet: string;
}

/**
 * Makes sure that the lab's bridge is there, and says which network it is in. The network is chosen once, and kept in
 * `network.json` as long as the lab has hosts.
 *
 * @param inUse the network of the hosts that exist already: it cannot change any more.
 * @throws LabError when a link with the bridge's name is somebody else's, when the network of existing hosts has been taken
 *   in between, and when no candidate is free.
 */
export async function ensureNetwork(lab: Lab, inUse: string | undefined): Promise<string> {
  const bridge = await findBridge(lab);
  const recorded = inUse ?? (await readJson<NetworkRecord>(networkFile(lab)))?.subnet;
  if (recorded !== undefined && bridge !== undefined && (await hasAddress(lab, recorded))) {
    return recorded;
  }
  // Between all labs: two that start in the same moment must see each other's choice.
  return withLock(path.join(lab.cacheDir, "network.lock"), "choosing the network of a lab", async () => {
    const used = [...(await usedNetworks(lab)), ...(await reservations(lab))];
    const subnet = await pickSubnet(lab, recorded, inUse !== undefined, used);
    await writeJson(networkFile(lab), { subnet } satisfies NetworkRecord);
    await fs.mkdir(reservationsFolder(lab), { recursive: true, mode: 0o700 });
    await fs.writeFile(path.join(reservationsFolder(lab), subnet), `${lab.dir}\n`, { mode: 0o600 });
    await createBridge(lab, subnet);
    return subnet;
  });
}

/** Removes the bridge when it is this lab's. The network stays reserved. @returns true when there was one. */
export async function removeBridge(lab: Lab): Promise<boolean> {
  return (await findBridge(lab)) !== undefined && (await removeLink(lab.bridge));
}

/** Gives the network back, for a lab without hosts. */
export async function releaseNetwork(lab: Lab): Promise<void> {
  const recorded = await readJson<NetworkRecord>(networkFile(lab));
  await fs.rm(networkFile(lab), { force: true });
  if (recorded) {
    await fs.rm(path.join(reservationsFolder(lab), path.basename(recorded.subnet)), { force: true });
  }
}

/** The outer end of a host's network cable: nspawn names it after the machine. */
export function hostLink(lab: Lab, hostNumber: number): string {
  return `vb-${machineName(lab, hostNumber)}`;
}

/** The name of a host for nspawn. With the lab's id in it, the link has a name of its own in 14 characters (15 are allowed). */
export function machineName(lab: Lab, hostNumber: number): string {
  return `${lab.id}${String(hostNumber).padStart(3, "0")}`;
}

/** All links of this lab that exist: its bridge, and the cables of its hosts. */
export async function labLinks(lab: Lab): Promise<string[]> {
  const cable = new RegExp(`^vb-${lab.id}\\d{3}$`);
  return (await links())
    .filter((link) => cable.test(link.ifname) || (link.ifname === lab.bridge && isOurs(lab, link)))
    .map((link) => link.ifname);
}

/** Removes a link if it is (still) there: the kernel removes a cable by itself soon after its host has died. */
export async function removeLink(name: string): Promise<boolean> {
  const result = await runCommand("ip", ["link", "delete", "dev", name]);
  if (result.code === 0) {
    return true;
  }
  if (/Cannot find device/.test(result.stderr)) {
    return false;
  }
  throw ipFailure(`removing the network link ${name}`, result);
}

async function pickSubnet(
  lab: Lab,
  recorded: string | undefined,
  hasHosts: boolean,
  used: readonly UsedNetwork[],
): Promise<string> {
  if (recorded !== undefined) {
    const conflict = overlapping(recorded, used);
    if (conflict === undefined) {
      return recorded;
    }
    if (hasHosts) {
      throw new LabError(
        `the network ${recorded}.0/24 of the hosts of this lab is taken: ${conflict.network} is the ${conflict.by}`,
        {
          fix: `free ${conflict.network}, or remove the hosts of this lab (\`npm run lab -- destroy\`) and start again`,
        },
      );
    }
  }
  const choice = chooseSubnet(subnetCandidates(lab), used);
  if ("prefix" in choice) {
    await releaseNetwork(lab);
    return choice.prefix;
  }
  const conflicts = [...new Set(choice.conflicts.map(({ network, by }) => `${network} (${by})`))];
  throw new LabError(`no network is free for this lab: its candidates overlap ${conflicts.join(", ")}`, {
    fix: "remove one of these, or run the lab where they do not exist (once the set-up is done): unshare --net sh -c 'ip link set lo up && npm run lab'",
  });
}

async function createBridge(lab: Lab, subnet: string): Promise<void> {
  const existing = await findBridge(lab);
  if (!existing) {
    // The hardware address is set in the same step as the name: it tells a bridge of ours that was never finished.
    await ip(
      ["link", "add", "name", lab.bridge, "address", hardwareAddress(lab), "type", "bridge"],
      "creating the bridge",
    );
  }
  await ip(["link", "set", "dev", lab.bridge, "alias", alias(lab)], "marking the bridge");
  await ip(["-4", "address", "flush", "dev", lab.bridge], "clearing the address of the bridge");
  await ip(["address", "add", `${subnet}.1/24`, "dev", lab.bridge], "setting the address of the bridge");
  await ip(["link", "set", "dev", lab.bridge, "up"], "starting the bridge");
}

/** The lab's bridge, if there is one. @throws LabError when a link of that name is not ours. */
async function findBridge(lab: Lab): Promise<Link | undefined> {
  const link = (await links()).find(({ ifname }) => ifname === lab.bridge);
  if (link === undefined || isOurs(lab, link)) {
    return link;
  }
  const kind = link.linkinfo?.info_kind ?? "network link";
  const owner =
    link.ifalias === undefined ? "without a note of who made it" : `noted as ${JSON.stringify(link.ifalias)}`;
  throw new LabError(
    `this lab needs the network link name ${lab.bridge}, and there is a ${kind} of that name that is not of this lab (${owner})`,
    {
      fix: `if nobody needs it: ip link delete ${lab.bridge}; otherwise move the lab: LISTEN_BACKLOG_LAB=/another/folder`,
    },
  );
}

function isOurs(lab: Lab, link: Link): boolean {
  const finished = link.ifalias === alias(lab);
  const unfinished = (link.ifalias ?? "") === "" && link.address === hardwareAddress(lab);
  return link.linkinfo?.info_kind === "bridge" && (finished || unfinished);
}

/** The kernel keeps at most 255 bytes; the end of a path tells more than its start. */
function alias(lab: Lab): string {
  return Buffer.from(`lab ${lab.dir}`).length <= 255
    ? `lab ${lab.dir}`
    : `lab ${lab.id} ...${Array.from(lab.dir).slice(-50).join("")}`;
}

/** A locally administered address that derives from the lab, so that no other link has it. */
function hardwareAddress(lab: Lab): string {
  return ["02", "4c", ...(lab.id.match(/../g) ?? [])].join(":");
}

async function hasAddress(lab: Lab, subnet: string): Promise<boolean> {
  return (await addresses()).some(({ network, dev }) => dev === lab.bridge && network === `${subnet}.1/24`);
}

/** All IPv4 networks that the machine knows, without those of this lab's own bridge. */
async function usedNetworks(lab: Lab): Promise<UsedNetwork[]> {
  const used: UsedNetwork[] = [];
  for (const { network, dev } of await addresses()) {
    if (dev !== lab.bridge) {
      used.push({ network, by: `address of ${dev}` });
    }
  }
  for (const route of await ipJson(["-4", "route", "show", "table", "all"])) {
    if (isObject(route) && typeof route["dst"] === "string" && route["dev"] !== lab.bridge) {
      const through = typeof route["dev"] === "string" ? `route through ${route["dev"]}` : "route";
      used.push({ network: route["dst"], by: through });
    }
  }
  return used;
}

/** The networks of other labs that have no bridge at the moment. A note counts as long as its lab agrees. */
async function reservations(lab: Lab): Promise<UsedNetwork[]> {
  const used: UsedNetwork[] = [];
  for (const subnet of await folderEntries(reservationsFolder(lab))) {
    const dir = (await readText(path.join(reservationsFolder(lab), subnet))).trim();
    if (
      dir !== lab.dir &&
      (await readJson<NetworkRecord>(path.join(dir, "network.json")))?.subnet === subnet
    ) {
      used.push({ network: `${subnet}.0/24`, by: `network of the lab in ${dir}` });
    }
  }
  return used;
}

async function readText(file: string): Promise<string> {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    return missing(error, "");
  }
}

function networkFile(lab: Lab): string {
  return path.join(lab.dir, "network.json");
}

function reservationsFolder(lab: Lab): string {
  return path.join(lab.cacheDir, "subnets");
}

async function addresses(): Promise<{ network: string; dev: string }[]> {
  const found: { network: string; dev: string }[] = [];
  for (const link of await ipJson(["-4", "address", "show"])) {
    if (isObject(link) && typeof link["ifname"] === "string" && Array.isArray(link["addr_info"])) {
      for (const info of link["addr_info"] as unknown[]) {
        if (isObject(info) && typeof info["local"] === "string" && typeof info["prefixlen"] === "number") {
          found.push({ network: `${info["local"]}/${info["prefixlen"]}`, dev: link["ifname"] });
        }
      }
    }
  }
  return found;
}

async function links(): Promise<Link[]> {
  return (await ipJson(["-details", "link", "show"])).filter(
    (link): link is Link & Record<string, unknown> => isObject(link) && typeof link["ifname"] === "string",
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

async function ipJson(args: readonly string[]): Promise<unknown[]> {
  const result = await runCommand("ip", ["-json", ...args]);
  if (result.code !== 0) {
    throw ipFailure("reading the network configuration of this machine", result);
  }
  const value: unknown = JSON.parse(result.stdout.trim() || "[]");
  return Array.isArray(value) ? (value as unknown[]) : [];
}

async function ip(args: readonly string[], what: string): Promise<void> {
  const result = await runCommand("ip", args);
  if (result.code !== 0) {
    throw ipFailure(what, result);
  }
}

function ipFailure(what: string, result: Awaited<ReturnType<typeof runCommand>>): LabError {
  const unsupported = /Operation not supported|Unknown device type/.test(result.stderr);
  const refused = /Operation not permitted/.test(result.stderr);
  return new LabError(`${what} failed (${describeEnd(result)})${lastLines(result.stderr, 3)}`, {
    fix: unsupported
      ? "load the kernel's modules for it: modprobe bridge; modprobe veth"
      : refused
        ? "run it as root, in a container with the option --privileged"
        : "read the message of `ip` above; `ip link` and `ip address` show what there is",
  });
}
