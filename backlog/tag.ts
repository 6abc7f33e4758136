import type { ServiceDeclaration } from "./declaration";
import { showGiven, type InputProblem } from "./finding";
import { validateDeclaration, type Listening } from "./validate";

/** The tag that carries a declaration on a resource that is not ours. */
export const SERVICES_TAG = "listen-backlog:services";

/** The services of a tag that can be used, or everything that is wrong with it. */
export type TagReading =
  | { readonly services: readonly ServiceDeclaration[]; readonly problems?: undefined }
  | { readonly services?: undefined; readonly problems: readonly InputProblem[] };

const EXAMPLE = "nginx:80:4096, redis:6379";

/** Reads `name[:port[:backlog]], ...`, the declaration as a tag: `nginx:80:4096, redis:6379`. */
export function parseServicesTag(tag: string, listening: Listening = {}): TagReading {
  const items = tag.split(",").map((item) => item.trim());
  const problems: InputProblem[] = [];
  const services: ServiceDeclaration[] = [];
  for (const item of items) {
    const match = /^([^:\s]+)(?::(\d{1,10}))?(?::(\d{1,10}))?$/.exec(item);
    if (match?.[1] === undefined) {
      problems.push({
        path: SERVICES_TAG,
        given: showGiven(item),
        allowed: "name[:port[:backlog]], separated by commas",
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

/** What to type is an object in a program, and three words in a tag. */
function inTagForm(problem: InputProblem): InputProblem {
  return problem.fix.startsWith("{")
    ? { ...problem, fix: "name:port:backlog, such as api:8000:1024" }
    : problem;
}
