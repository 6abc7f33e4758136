import type { BootFacts, Finding, NamespaceFacts, ServiceDeclaration, UserDataChange } from "../../backlog";
import type { Properties } from "../property";

/** A resource as policies get it: during a preview, and again before it is deployed. */
export interface Resource {
  readonly type: string;
  readonly urn: string;
  readonly name: string;
  readonly props: Readonly<Record<string, unknown>>;
  /** The URN of its parent. Default: none, or not known. */
  readonly parent?: string | undefined;
  /** The properties whose changes the program ignores. Default: none. */
  readonly ignoreChanges?: readonly string[];
  /** The properties of its provider. Default: there is none, or it is not known. */
  readonly provider?: Readonly<Record<string, unknown>>;
}

/** How a setting is typed where it is wrong, so that a message can name the line. */
export type Dialect = "component" | "sysctl.d" | "aks" | "gke" | "ecs" | "kubernetes" | "docker";

/** A backlog that the configuration of a service asks for, as somebody read it. */
export interface ConfiguredBacklog {
  /** Its id in the catalogue. */
  readonly software: string;
  readonly backlog: number;
  readonly port?: number;
  /** Where it stands: a file, or a line of the user data. */
  readonly where: string;
}

/** A machine that somebody sets up: what its user data, or a property of it, sets. */
export interface HostFacts extends BootFacts {
  readonly configured: readonly ConfiguredBacklog[];
  /** Services that it starts, and what somaxconn is by then; undefined where nothing has set it yet. Default: none. */
  readonly starts?: readonly {
    readonly unit: string;
    readonly somaxconn?: string;
    /** That its package starts it: surely, or only where the machine runs Debian or Ubuntu. Default: a command starts it. */
    readonly byPackage?: "sure" | "if-debian";
  }[];
  /**
   * Settings of containers that are started on it, and the ports of the host that lead into these, where they are plain; without a value,
   * one that is started without the setting.
   */
  readonly containers: readonly {
    readonly key: string;
    readonly value?: string;
    readonly ports?: readonly number[];
  }[];
  /** Why something of it cannot be read, in words; empty if all of it can. */
  readonly opaque: readonly string[];
  /** Whether something of it is not read that may set anything, such as a loop or a download. Default: all of it is read. */
  readonly isPartlyRead?: boolean;
}

/** A group of containers in one network namespace. */
export interface ContainerFacts extends NamespaceFacts {
  /** Whether it is that of a pod, which may begin with what its node hands on. Default: it begins with the kernel's default. */
  readonly isPod?: boolean;
  /** Whether it runs on nodes of GKE, by what it asks for or by the cluster of its provider. Default: nobody knows. */
  readonly isOnGke?: boolean;
  /** Whether the task has one for each container, so that a service runs in that of its name, if there is one. Default: it is the only one. */
  readonly isOneOfSeveral?: boolean;
  /** That a node must allow unsafe settings, and nobody knows whether it does. */
  readonly asksNode?: boolean;
  /** Why its settings cannot be read; undefined if they can. */
  readonly opaque?: string;
}

/** What one resource, or one machine of it, says of listen backlogs. */
export interface Subject {
  /** Where in the resource, if there are several: `launchSpecifications[1]`. */
  readonly within?: string;
  readonly dialect: Dialect;
  /** Declared services. */
  readonly services: readonly ServiceDeclaration[];
  /** What is wrong with the declaration itself. */
  readonly problems: readonly Finding[];
  /** Whether there is a declaration that is not known before the update. Default: there is none. */
  readonly isAwaited?: boolean;
  /** What it sets, if it is a machine. */
  readonly host?: HostFacts;
  /** Whether a launch template brings its user data, which is another resource. Default: it brings its own, or needs none. */
  readonly isOfTemplate?: boolean;
  /**
   * Whether it is one of many that set a machine up, such as a command: what it leaves to do, another may do. Default: it decides
   * alone.
   */
  readonly isOneOfMany?: boolean;
  /** What it sets, if it runs containers. */
  readonly namespaces?: readonly ContainerFacts[];
  /** Whether what cannot be judged yet deserves a line even where nothing is declared. */
  readonly isServer: boolean;
}

/** What a family of resources says, by the type of the resource. */
export type SubjectReader = (resource: Resource, properties: Properties) => readonly Subject[];

/** What a change of user data does to a machine that has been started. */
export type ChangeOf = (properties: Properties, ignored: readonly string[]) => UserDataChange;
