import { describe, expect, it } from "vitest";
import {
  applyArguments,
  ApplyReportError,
  parseApplyReport,
  renderSudoers,
  restoreArguments,
} from "../../apply";
import { resolveDeclaration } from "../../backlog";

const DECLARATION = resolveDeclaration({
  services: [
    { name: "nginx", backlog: 4096, relisten: "restart" },
    { name: "api", port: 8000, backlog: 1024, address: "::1", unit: "api.socket", relisten: "reload" },
    { name: "redis", backlog: 4096 },
  ],
  settings: { extra: { "net.ipv4.tcp_rmem": "4096 87380 6291456" } },
});
const OPTIONS = {
  host: "web 1",
  mode: "at-least",
  fileName: "99-x.conf",
  waitSeconds: 300,
  settleSeconds: 30,
} as const;

describe("the arguments of the apply script", () => {
  it("say every setting, and the services that listen again, in order", () => {
    expect(applyArguments(DECLARATION, { ...OPTIONS, owner: "0a", dryRun: true })).toEqual([
      ...["--host", "web_1", "--mode", "at-least", "--file", "99-x.conf", "--owner", "0a"],
      ...["--wait", "300", "--settle", "30", "--dry-run"],
      ...["--setting", "net.core.somaxconn", "4096"],
      ...["--setting", "net.ipv4.tcp_rmem", "4096 87380 6291456"],
      ...["--relisten", "nginx", "80", "4096", "-", "nginx.service", "restart"],
      ...["--relisten", "api", "8000", "1024", "::1", "api.socket", "reload"],
    ]);
    expect(applyArguments(DECLARATION, OPTIONS)).not.toContain("--owner");
  });

  it("of a restoration name the owner", () => {
    expect(restoreArguments({ host: "web", fileName: "99-x.conf", owner: "0a" })).toEqual([
      "--host",
      "web",
      "--file",
      "99-x.conf",
      "--owner",
      "0a",
      "--wait",
      "60",
      "--restore",
    ]);
  });
});

describe("the answer of the apply script", () => {
  const good = {
    schema: "listen-backlog-apply/1",
    host: "web",
    verdict: "changed",
    mode: "exact",
    file: "/x",
    settings: [],
    steps: ["a"],
    reason: "",
  };
  it("is read behind the line for people", () => {
    expect(parseApplyReport(`applied: web\n${JSON.stringify(good)}\n`)).toEqual(good);
  });

  it.each([
    "",
    "applied: web\n",
    "{",
    "{}",
    JSON.stringify({ ...good, schema: "listen-backlog-apply/2" }),
    JSON.stringify({ ...good, verdict: "perfect" }),
    JSON.stringify({ ...good, steps: ["\u001b[2J"] }),
    JSON.stringify({ ...good, steps: "a" }),
    JSON.stringify({ ...good, settings: [{ key: "a" }] }),
    JSON.stringify({ ...good, reason: undefined }),
    `${JSON.stringify(good)}\n${JSON.stringify({ ...good, verdict: "unchanged" })}`,
  ])("is refused where it is %j", (output) => {
    expect(() => parseApplyReport(output)).toThrow(ApplyReportError);
  });
});

describe("the lines for sudoers", () => {
  it("are exactly the commands that may be run", () => {
    expect(renderSudoers(DECLARATION, { user: "deploy", fileName: "99-x.conf" })).toBe(
      [
        "Cmnd_Alias LISTEN_BACKLOG = \\",
        "  /usr/bin/rm -f /etc/sysctl.d/.99-x.conf.new, \\",
        "  /usr/bin/tee /etc/sysctl.d/.99-x.conf.new, \\",
        "  /usr/bin/chmod 0644 /etc/sysctl.d/.99-x.conf.new, \\",
        "  /usr/bin/mv -f /etc/sysctl.d/.99-x.conf.new /etc/sysctl.d/99-x.conf, \\",
        "  /usr/bin/rm -f /etc/sysctl.d/99-x.conf, \\",
        "  /usr/sbin/sysctl -q -p /etc/sysctl.d/99-x.conf, \\",
        "  /usr/sbin/sysctl -q -p /etc/sysctl.d/.99-x.conf.new, \\",
        "  /usr/sbin/restorecon /etc/sysctl.d/.99-x.conf.new, \\",
        "  /usr/bin/systemctl restart nginx.service, \\",
        "  /usr/bin/systemctl stop api.socket, \\",
        "  /usr/bin/systemctl stop api.service, \\",
        "  /usr/bin/systemctl start api.socket, \\",
        "  /usr/bin/systemctl start api.service",
        "deploy ALL=(root) NOPASSWD: LISTEN_BACKLOG",
        "",
      ].join("\n"),
    );
  });

  it.each(["", "ALL", "a b", "%wheel", "a,b", "root\nx"])("are refused for the user %j", (user) => {
    expect(() => renderSudoers(DECLARATION, { user, fileName: "99-x.conf" })).toThrow(RangeError);
  });
});
