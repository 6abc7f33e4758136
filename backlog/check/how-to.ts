import { placedDirective } from "../resolve";
import type { JudgedService } from "./situation";

/** The step that gives a service this backlog: the exact line where its software has one. */
export function howToGive(service: JudgedService, backlog: number): string {
  const { listener } = service;
  if (listener === undefined) {
    return `pass ${backlog} to listen() in ${service.name}`;
  }
  const line = placedDirective(listener, backlog, service);
  const { directive } = listener;
  if (directive === undefined) {
    return line;
  }
  if (directive.file !== undefined) {
    const place = directive.place === undefined ? "" : `, ${directive.place}`;
    return `write "${line}" to ${fileOf(directive.file, service.unit)}${place}`;
  }
  return directive.kind === "flag" ? `start it with "${line}"` : `write "${line}" in its program`;
}

/** The step that declares another backlog, and gives it to the service. */
export function howToDeclare(service: JudgedService, backlog: number): string {
  return `declare backlog: ${backlog} for ${service.name}, and ${howToGive(service, backlog)}`;
}

/** The drop-in of a unit stands in the catalogue with NAME for the name of the unit. */
function fileOf(file: string, unit: string | undefined): string {
  return unit === undefined ? file : file.replace("NAME", unit.replace(/\.[a-z]+$/, ""));
}
