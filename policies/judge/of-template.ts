import type { PolicyResource } from "@pulumi/policy";
import { SERVICES_TAG, type Finding, type ServiceDeclaration } from "../../backlog";
import { namesTemplate, templatesOf } from "../launch-templates";
import type { Reading, Subject } from "../subjects";
import { NOTHING_TO_SAY, type Judgement } from "./judgement";

/** How the pack reads and judges. */
interface Court {
  readonly read: (resource: PolicyResource) => Reading;
  readonly readTemplate: (template: PolicyResource) => Reading;
  readonly judge: (reading: Reading) => Judgement;
}

/** What is to be said of a resource, and is to be said of none of its templates. */
export interface JudgedWithTemplate {
  readonly resource: PolicyResource;
  readonly judgement: Judgement;
}

/**
 * Judges what groups, fleets and instances declare by the user data of their launch templates. Only the whole stack tells which these
 * are: their ids are not known before the first update, and a policy that looks at one resource is not told what it waits for.
 */
export function judgeWithTemplates(
  all: readonly PolicyResource[],
  court: Court,
): readonly JudgedWithTemplate[] {
  return all.filter(namesTemplate).flatMap((resource) => {
    const services = servicesOfTemplated(court.read(resource));
    if (services.length === 0) {
      return [];
    }
    const templates = templatesOf(resource, all) ?? [];
    const judgements = templates.map((template) => judgeWith(services, template, court));
    return (judgements.length === 0 ? [NOT_PLAIN] : judgements).map((judgement) => ({ resource, judgement }));
  });
}

const NOT_PLAIN: Judgement = {
  ...NOTHING_TO_SAY,
  notes: [
    `the user data, because its launch template brings it, which is judged by its own tag ${SERVICES_TAG}: ` +
      "write the values plainly, or verify the server",
  ],
};

function servicesOfTemplated(reading: Reading): readonly ServiceDeclaration[] {
  const subjects: readonly Subject[] = "notApplicable" in reading ? [] : reading.subjects;
  return subjects.filter(({ isOfTemplate }) => isOfTemplate === true).flatMap(({ services }) => services);
}

/** What is said of the template by itself stands there, and is not said again. */
function judgeWith(
  services: readonly ServiceDeclaration[],
  template: PolicyResource,
  court: Court,
): Judgement {
  const alone = court.readTemplate(template);
  if ("notApplicable" in alone) {
    return NOTHING_TO_SAY;
  }
  const both = alone.subjects.map((subject) => ({
    ...subject,
    services: [
      ...services,
      ...subject.services.filter(({ name }) => !services.some((service) => service.name === name)),
    ],
  }));
  const known = court.judge(alone);
  const found = court.judge({ ...alone, subjects: both });
  const within = `launch template ${template.name}`;
  const added = (findings: readonly Finding[], before: readonly Finding[]) => {
    const said = new Set(before.map(keyOf));
    return findings
      .filter((finding) => !said.has(keyOf(finding)))
      .map((finding) => ({ ...finding, subject: `${within}: ${finding.subject}` }));
  };
  return {
    findings: added(found.findings, known.findings),
    advised: added(found.advised, known.advised),
    notes: found.notes.filter((note) => !known.notes.includes(note)).map((note) => `${within}: ${note}`),
    aboutNodes: [],
  };
}

/**
 * The line to type names the largest backlog of all, and is no other finding for that; nor is what the template's own configuration asks
 * for, such as `nginx in /etc/nginx/nginx.conf`, and is then declared.
 */
function keyOf({ rule, subject, wanted, got }: Finding): string {
  return JSON.stringify([rule, subject.replace(/ (?:on port \d+ )?in .*$/, ""), wanted, got]);
}
