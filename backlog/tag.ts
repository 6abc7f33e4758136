import type { ServiceDeclaration } from "./declaration";
import { showGiven, type InputProblem } from "./finding";
import { validateDeclaration, type Listening } from "./validate";

/** The tag that carries a declaration on a resource that is not ours. */
export const SERVICES_TAG = "listen-backlog:services";

/** The services of a tag that can be used, or everything that is wrong with it. */
export type TagReading =
  | { readonly services: readonly ServiceDeclaration[]; readonly problems?: undefined }
  | { readonly services?: undefined; readonly problems: readonly InputProblem[] };

/** How several are written: ECS and Systems Manager take no comma in the value of a tag, and EC2 takes both. */
export const SERVICES_FORM = "name[:port[:backlog]], separated by spaces or commas";
const EXAMPLE = "nginx:80:4096 redis:6379";

/** Reads {@link SERVICES_FORM}, the declaration as a tag: `nginx:80:4096 redis:6379`, or with a comma between them. */
export function parseServicesTag(tag: string, listening: Listening = {}): TagReading {
  // No comma has nothing beside it; of spaces there may be any number.
  const items = tag.split(",").flatMap((item) => item.trim().split(/\s+/));
  const problems: InputProblem[] = [];
  const services: ServiceDeclaration[] = [];
  for (const item of items) {
    const match = /^([^:\s]+)(?::(\d{1,10}))?(?::(\d{1,10}))?$/.exec(item);
    if (match?.[1] === undefined) {
      problems.push({
        path: SERVICES_TAG,
        given: showGiven(item),
        allowed: SERVICES_FORM,
        fix: EXAMPLE,
      });
      continue;
    }
    const [, name, port, backlog] = match;
    services.push({
      name,
      ...(port !== undefined && { port: Number(port) }),
      ...(backlog !== undefined && { backlog: Number(backlog) }),
    });
  }
  if (problems.length > 0) {
    return { problems };
  }
  const validation = validateDeclaration({ services }, listening);
  return validation.problems ? { problems: validation.problems.map(inTagForm) } : { services };
}

/** What to type is three words in a tag, and not an object of a program or the place of one. */
function inTagForm(problem: InputProblem): InputProblem {
  const { fix } = problem;
  if (fix.startsWith("{")) {
    return { ...problem, fix: "name:port:backlog, such as api:8000:1024" };
  }
  if (fix.endsWith(".name already has it")) {
    return {
      ...problem,
      fix: "another name, with a port and a backlog of its own, such as web-tls:443:4096",
    };
  }
  return fix.endsWith(".port already has it")
    ? { ...problem, fix: "another port for one of the two, such as web-tls:443:4096" }
    : problem;
}
