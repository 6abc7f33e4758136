import {
  resolveDeclaration,
  validateDeclaration,
  type InputProblem,
  type ResolvedDeclaration,
} from "../backlog";
import { sysctlFileNameProblem, type TuningPart, type UserDataEncoding } from "../cloudinit";
import type { ProbeOptions } from "../probe";
import { acceptNamespaces, asPropertyError, flagProblems, inputsRefused, unknownFields } from "./accept";
import { acceptServerSsh, type AcceptedServerSsh } from "./accept-ssh";
import type { TunedServerArgs } from "./args";
import { TUNED_SERVER_FIELDS } from "./fields";
import { userDataProblem, type Composition } from "./user-data-problem";

/** What a server is declared to be, with every default filled in. */
export interface AcceptedServer {
  readonly resolved: ResolvedDeclaration;
  /** Our part of the user data, but for the host key. */
  readonly part: TuningPart;
  readonly encoding: UserDataEncoding;
  /** Undefined for what the probe does by itself. */
  readonly namespaces: ProbeOptions["namespaces"];
  readonly ssh: AcceptedServerSsh;
}

/** @throws pulumi.InputPropertiesError with every bad field at once */
export function acceptServerArgs(args: TunedServerArgs): AcceptedServer {
  const { declaration, problems } = validateDeclaration({ services: args.services, settings: args.settings });
  const accepted = accept(declaration && resolveDeclaration(declaration), args);
  const others: InputProblem[] = [];
  const namespaces = acceptNamespaces(args.namespaces, others);
  const ssh = acceptServerSsh(args.ssh, others);
  others.push(...unknownFields(args, TUNED_SERVER_FIELDS, { kind: "inputs" }));
  const errors = [
    ...(problems ?? []).map(asPropertyError),
    ...[...untypedProblems(args), ...others].map(asPropertyError),
    ...userDataErrors(args.userData, accepted),
  ];
  const { resolved } = accepted;
  if (resolved === undefined || ssh === undefined || errors.length > 0) {
    throw inputsRefused(errors);
  }
  return { ...accepted, resolved, namespaces, ssh };
}

/** With a declaration that cannot be used, the user data is looked at all the same, so that every bad field is said at once. */
function accept(resolved: ResolvedDeclaration | undefined, args: TunedServerArgs) {
  const relisten = (resolved?.services ?? []).flatMap(({ unit, relisten: how }) =>
    unit === undefined || how === "none" ? [] : [{ unit, how }],
  );
  const part: TuningPart = {
    settings: resolved?.settings ?? [],
    relisten,
    // A bad flag and a bad name are said under their own paths.
    early: args.applyEarly === false ? false : undefined,
    fileName: sysctlFileNameProblem(args.sysctlFileName ?? "x.conf", "") ? undefined : args.sysctlFileName,
  };
  const encoding: UserDataEncoding = args.compressUserData === true ? "gzip-base64" : "plain";
  return { resolved, part, encoding };
}

/** Plain user data is composed once at construction, so that what is bad or too long is refused before anything is made. */
function userDataErrors(userData: TunedServerArgs["userData"], composition: Composition) {
  // Of an output nothing is known yet: it is refused as soon as it is.
  const reason = userDataProblem(typeof userData === "string" ? userData : undefined, composition);
  return reason === undefined ? [] : [{ propertyPath: "userData", reason }];
}

/** What a program without types, or of another language, may have given. */
function untypedProblems(args: TunedServerArgs): InputProblem[] {
  const flags = (["compressUserData", "applyEarly"] as const).flatMap((path) =>
    flagProblems(path, args[path]),
  );
  const name: unknown = args.sysctlFileName;
  const problem = name === undefined ? undefined : sysctlFileNameProblem(name, "sysctlFileName");
  return problem === undefined ? flags : [...flags, problem];
}
