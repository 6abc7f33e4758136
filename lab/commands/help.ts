import type { CommandResult } from "./result";

const TEXT = `npm run lab                 the tour: preview, up, report, a refusal, drift, reboot, destroy
npm run lab -- COMMAND      one step of it:

  up                  bring the servers up, and leave them running to play with
  preview             preview the stack with the policy pack
  verify              look at the servers now: what drifted from the declaration?
  repair              put right what drifted, having said what that takes
  report              the report of the last up
  destroy             destroy everything, and look whether anything is left
  status              the hosts of this lab
  ssh NAME [CMD...]   a shell on a server, or one command; its exit code is passed on
  doctor              what this machine has, and what is missing
  help                this text

  --config FILE       another configuration than Pulumi.lab.yaml
  --json              one JSON document on stdout, progress on stderr

Exit codes: 0 good, 1 something declared does not hold or was refused, 2 could not run.
The lab keeps its state in .lab in the checkout; LISTEN_BACKLOG_LAB=FOLDER moves it. What takes long to make is kept
in ~/.cache/pulumi-listen-backlog for all labs.`;

export function help(): CommandResult {
  return { exitCode: 0, document: { command: "help", text: TEXT }, text: TEXT };
}
