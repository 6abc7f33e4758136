import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { USER_DATA_LIMIT } from "../../../cloudinit/limits";
import { Budget, TooMuch } from "../../../cloudinit/read/budget";
import { readAndCount } from "../../../cloudinit/read/read";
import { FAMILIES } from "./support/hostile";
import { SAMPLES } from "./support/mutate";

const TOO_MUCH = [{ reason: "too-much-to-follow", part: 1, line: 1 }];
const allowedFor = (length: number): number => new Budget(length).left;

describe("the budget of a reading", () => {
  it("grows with the text, and no faster", () => {
    const [one, two, four] = [1, 2, 4].map((times) => allowedFor(USER_DATA_LIMIT * times));
    expect(two).toBeLessThan(2 * (one ?? 0));
    expect(four).toBeLessThan(2 * (two ?? 0));
  });

  it("throws before the work that it has no steps for, and for what is no number", () => {
    const budget = new Budget(0);
    budget.spend(budget.left);
    expect(budget.left).toBe(0);
    expect(() => {
      budget.spend(1);
    }).toThrow(TooMuch);
    expect(() => {
      new Budget(0).spend(NaN);
    }).toThrow(TooMuch);
  });

  it("lets no more come out of all gzip together than out of one", () => {
    const budget = new Budget(1000);
    const packed = gzipSync("x".repeat(60_000));
    expect(budget.open(packed).ok).toBe(true);
    expect(budget.open(packed).ok).toBe(true);
    expect(() => budget.open(packed)).toThrow(TooMuch);
    expect(() => new Budget(1000).open(gzipSync("x".repeat(1_000_000)))).toThrow(TooMuch);
  });
});

describe.each(Object.entries(FAMILIES))("%s", (_, family) => {
  it.each([1, 4])("is read within the budget at %i times the limit, or is one unknown", (times) => {
    const text = family(USER_DATA_LIMIT * times);
    const { reading, spent, allowed } = readAndCount(text);
    expect(allowed).toBe(allowedFor(text.length));
    expect(spent).toBeLessThanOrEqual(allowed);
    if (reading.unknown.some(({ reason }) => reason === "too-much-to-follow")) {
      expect(reading).toMatchObject({
        unknown: TOO_MUCH,
        live: [],
        persisted: [],
        applied: [],
        backlogs: [],
      });
      expect(reading).toMatchObject({ conflicts: [], containers: [], parts: [] });
    }
    expect(reading.unknown.map(({ reason }) => reason)).not.toContain("reader-error");
  });
});

describe("user data as people write it", () => {
  it("takes a small share of the budget", () => {
    for (const sample of SAMPLES) {
      const { spent, allowed } = readAndCount(sample);
      expect(spent / allowed, sample.slice(0, 200)).toBeLessThan(0.15);
    }
  });

  it("is read at the size limit of a cloud, as a cloud-config of everything", () => {
    const many = (count: number, text: (index: number) => string): string =>
      Array.from({ length: count }, (_, index) => text(index)).join("");
    const config = [
      "#cloud-config\npackages:\n",
      many(50, (i) => `  - package-${i}\n`),
      "users:\n",
      many(15, (i) => `  - name: user${i}\n    groups: [sudo, adm]\n    shell: /bin/bash\n    sudo: ['ALL=(ALL) NOPASSWD:ALL']\n`),
      "write_files:\n",
      many(30, (i) => `  - path: /etc/app/${i}.ini\n    permissions: '0644'\n    content: |\n${"      name = value\n".repeat(8)}`),
      "  - path: /etc/sysctl.d/90-app.conf\n    content: |\n      net.core.somaxconn = 4096\n",
      "runcmd:\n",
      many(60, (i) => `  - [systemctl, enable, --now, service-${i}]\n  - apt-get install -y tool-${i} && echo done >> /var/log/x\n`),
      "  - sysctl --system\n",
    ].join(""); // prettier-ignore
    expect(config.length).toBeGreaterThan(0.85 * USER_DATA_LIMIT);
    expect(config.length).toBeLessThanOrEqual(USER_DATA_LIMIT);
    const { reading } = readAndCount(config);
    expect(reading.unknown).toEqual([]);
    expect(reading.persisted).toMatchObject([{ key: "net.core.somaxconn", value: "4096" }]);
  });

  it("is read at the size limit of a cloud, as a script", () => {
    const step = (index: number): string =>
      `if ! command -v tool${index} >/dev/null 2>&1; then\n  curl -fsSL "https://example.com/tool/${index}.tar.gz" -o /tmp/tool.tgz\n  tar -xzf /tmp/tool.tgz -C /opt\nfi\necho "step ${index} done" | tee -a /var/log/setup.log\n`;
    const script = `#!/bin/bash\nset -u\n${Array.from({ length: 75 }, (_, index) => step(index)).join("")}echo net.core.somaxconn=4096 > /etc/sysctl.d/90-app.conf\nsysctl --system\n`;
    expect(script.length).toBeGreaterThan(0.85 * USER_DATA_LIMIT);
    expect(script.length).toBeLessThanOrEqual(USER_DATA_LIMIT);
    const { reading, spent, allowed } = readAndCount(script);
    expect(reading.live).toMatchObject([{ key: "net.core.somaxconn", value: "4096" }]);
    expect(spent).toBeLessThan(allowed);
  });
});
