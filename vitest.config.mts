import { defineConfig } from "vitest/config";

const project = (name: string, include: string[], extra: object = {}) => ({
  // Generous, because a time-out is no judgement: the machine may be busy.
  test: { name, include, testTimeout: 60_000, hookTimeout: 60_000, ...extra },
});

export default defineConfig({
  test: {
    projects: [
      project("unit", ["test/{apply,backlog,cloudinit,probe,lab,docs}/**/*.test.ts"]),
      project("component", ["test/components/**/*.test.ts"]),
      project("policy", ["test/policies/**/*.test.ts"]),
      // Real kernel, real services, real hosts: one file at a time, so that files never compete for the machine.
      project("e2e", ["test/e2e/**/*.test.ts"], {
        fileParallelism: false,
        testTimeout: 120_000,
        hookTimeout: 600_000,
      }),
    ],
  },
});
