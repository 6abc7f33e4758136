export {
  CATALOGUE,
  defaultBacklogOf,
  directiveLine,
  findSoftware,
  suggestSoftware,
  type BacklogClass,
  type CatalogueEntry,
  type DefaultBacklog,
  type Directive,
  type Relisten as SoftwareRelisten,
  type Verified,
} from "./catalogue";
export * from "./check";
export * from "./declaration";
export * from "./finding";
export * from "./kernel";
export * from "./resolve";
export * from "./settings";
export * from "./sizing";
export * from "./sysctld";
export * from "./tag";
export * from "./validate";
