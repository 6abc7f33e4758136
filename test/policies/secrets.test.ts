import { describe, expect, it } from "vitest";
import { analyze, analyzeStack, policiesOf, UNKNOWN, type Resource } from "./support/analyzer";
import { base64, BASELINES, resourceOf } from "./support/baselines";

const SECRET = "hunter2-hunter2";

/** Every string that a resource holds, with a secret planted into it in each way that leaves it what it is. */
function planted(value: unknown, plant: (text: string) => string): unknown {
  if (typeof value === "string") {
    return plant(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => planted(item, plant));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, planted(item, plant)]));
  }
  return value;
}

const PLANTS: readonly ((text: string) => string)[] = [
  (text) => `${text}\n# ${SECRET}\n`,
  (text) => text.replace(/\n/g, ` # ${SECRET}\n`),
  (text) => `${text} ${SECRET}`,
  (text) => text.replace(/(\d{3,})/g, `$1${SECRET}`),
  (text) => (/^[A-Za-z0-9+/]{40,}=*$/.test(text) ? base64(`${Buffer.from(text, "base64").toString()}\n# ${SECRET}\nexport TOKEN=${SECRET}\n`) : text), // prettier-ignore
  (text) => text.replace("runcmd:\n", `password: ${SECRET}\nruncmd:\n  - curl -H 'Authorization: ${SECRET}' https://x\n`), // prettier-ignore
  (text) => text.replace("[{", `[{"environment":[{"name":"TOKEN","value":"${SECRET}"}],`),
];

/** A declaration that cannot be used is shown as it is: it is public, and its author must find it. */
const NAMES =
  /tag listen-backlog|annotation listen-backlog|label listen-backlog|metadata listen-backlog|services\[0\]/;

describe("secrets in resources", () => {
  it("are in nothing that any policy says of any type, good or bad, in a preview or of a stack", async () => {
    const policies = policiesOf();
    let lines = 0;
    const check = (texts: readonly string[]) => {
      for (const text of texts) {
        lines++;
        if (!NAMES.test(text)) {
          expect(text).not.toContain(SECRET);
        }
      }
    };
    for (const baseline of BASELINES) {
      for (const change of [{}, ...baseline.mutations.map((mutation) => mutation.change)]) {
        const { type, props } = resourceOf(baseline, change);
        for (const plant of PLANTS) {
          const resource: Resource = { type, props: planted(props, plant) as Record<string, unknown> };
          const { violations, notApplicable } = await analyze(policies, resource);
          check([...violations.map(({ message }) => message), ...notApplicable]);
        }
        const stack = await analyzeStack(policies, [
          { type, props: planted(props, PLANTS[0] ?? String) as Record<string, unknown> },
        ]);
        check(stack.violations.map(({ message }) => message));
      }
    }
    expect(lines).toBeGreaterThan(1000);
  });

  it("are not in what is said where something else is not known", async () => {
    const { violations } = await analyze(policiesOf(), {
      type: "aws:ec2/instance:Instance",
      props: {
        userData: `#!/bin/sh\nexport TOKEN=${SECRET}\nsysctl -w net.core.somaxconn=128 ${SECRET}\ncat >/etc/nginx/conf.d/x.conf <<X\n# ${SECRET}\nserver { listen 80 backlog=4096; }\nX\n`,
        tags: UNKNOWN.object,
      },
    });
    expect(violations.map(({ policy }) => policy)).toContain("somaxconn-covers-backlog");
    expect(JSON.stringify(violations)).not.toContain(SECRET);
  });
});
