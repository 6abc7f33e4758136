// Every run of the test command sees the same generated inputs; a campaign gives another seed, or many.
import fc from "fast-check";

const DEFAULT_SEED = 20261122;

fc.configureGlobal({
  ...fc.readConfigureGlobal(),
  seed: Number(process.env["LISTEN_BACKLOG_SEED"] ?? DEFAULT_SEED),
});
