import { acceptQueueCapacity } from "../kernel";
import { defaultFor } from "../settings";
import { powerOfTwoFrom } from "../sizing/bounds";
import { howToDeclare } from "./how-to";
import type { Rule, Verdict } from "./rule";
import type { JudgedService } from "./situation";

export const openFilesCoverQueue: Rule = {
  id: "open-files-cover-queue",
  severity: "warning",
  title: "A service may open as many files as its accept queue holds connections",
  why: "A queued connection holds no file of the server; accept() opens one. At the limit accept() fails with EMFILE, the queue stays full, and it looks as if the backlog were too small.",
  judge: ({ services }) => services.flatMap(judge),
};

function judge(service: JudgedService): Verdict[] {
  const { name, effective, known } = service;
  const needed = acceptQueueCapacity(effective);
  if (known.openFiles === undefined || known.openFiles >= needed) {
    return [];
  }
  return [
    {
      subject: name,
      wanted: `${needed} open files or more`,
      got: String(known.openFiles),
      cause: `accept() fails with EMFILE before a full accept queue of ${needed} connections is worked off.`,
      fix: moreFiles(service, needed),
    },
  ];
}

function moreFiles(service: JudgedService, needed: number): string {
  const most = defaultFor("fsNrOpen") ?? Infinity;
  if (needed > most) {
    return `${howToDeclare(service, 4096)}: fs.nr_open allows a process no more than ${most} files by default`;
  }
  // Twice the queue, because the service has connections that it accepted before, and files.
  const limit = Math.min(powerOfTwoFrom(2 * needed), most);
  const unit = service.unit?.replace(/\.socket$/, ".service");
  // In a drop-in: a unit of a package is written anew at each update of it.
  return unit === undefined
    ? `write "LimitNOFILE=${limit}" under [Service] in a drop-in of the unit of ${service.name}, with systemctl edit, then restart it`
    : `write "LimitNOFILE=${limit}" under [Service] with sudo systemctl edit ${unit}, then sudo systemctl restart ${unit}`;
}
