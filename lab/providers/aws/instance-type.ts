const SIZES = "nano|micro|small|medium|large|xlarge|[1-9]\\d?xlarge|metal|metal-\\d+xl";
const GRAMMAR = new RegExp(`^[a-z]{1,4}\\d?[a-z0-9-]*\\.(?:${SIZES})$`);

/** Whether it has the form of an instance type: family, dot, size. The lab has no list of those that AWS sells today. */
export function isInstanceType(name: string): boolean {
  return GRAMMAR.test(name);
}

/** The architecture of its processors: Graviton families have a `g` behind the generation (t4g, m7gd), and a1. */
export function architectureOf(type: string): "arm64" | "x86_64" {
  const family = type.split(".")[0] ?? "";
  return family === "a1" || /^[a-z]+\d+g/.test(family) ? "arm64" : "x86_64";
}
