import type { CatalogueEntry } from "../entry";
import { GO_AND_RUST } from "./go-and-rust";
import { JAVA } from "./java";
import { MESSAGING } from "./messaging";
import { PYTHON } from "./python";
import { RUBY } from "./ruby";
import { RUNTIMES } from "./runtimes";
import { STORAGE } from "./storage";
import { SYSTEM } from "./system";
import { WEB } from "./web";

/** Server programs and what they ask of `listen()`. One block is one program; the type explains each field. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...WEB,
  ...STORAGE,
  ...MESSAGING,
  ...JAVA,
  ...PYTHON,
  ...RUBY,
  ...RUNTIMES,
  ...GO_AND_RUST,
  ...SYSTEM,
];
