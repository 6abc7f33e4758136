import { text } from "../rpc/shape";

/** Where the stand-in is when nothing else is configured. */
export const DEFAULT_REGION = "us-east-1";

export function isRegion(name: string): boolean {
  return /^[a-z]{2,3}(-[a-z]+){1,2}-[1-9]$/.test(name);
}

export const region = text((name, show) =>
  isRegion(name) ? undefined : `invalid AWS Region: ${show(name)}; an example of one is ${DEFAULT_REGION}`,
);
