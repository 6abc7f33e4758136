import { defineConfig } from "vitest/config";

const project = (name: string, include: string[], extra: object = {}) => ({
  // Generous, because a time-out is no judgement: the machine may be busy.
  test: { name, include, testTimeout: 60_000, hookTimeout: 60_000, setupFiles: ["test/seed.ts"], ...extra },
});

export default defineConfig({
  test: {
    projects: [
      project("unit", ["test/{apply,backlog,cloudinit,probe,lab,docs}/**/*.test.ts"]),
      project("component", ["test/components/**/*.test.ts"]),
      project("policy", ["test/policies/**/*.test.ts"]),
      // Real kernel, real services, real hosts: behind the others, and two files at a time, because most of it is waiting for
      // hosts. Every file has a lab, a network and namespaces of its own.
      project("e2e", ["test/e2e/**/*.test.ts"], {
        maxWorkers: 2,
        sequence: { groupOrder: 1 },
        testTimeout: 300_000,
        hookTimeout: 600_000,
      }),
    ],
  },
});
