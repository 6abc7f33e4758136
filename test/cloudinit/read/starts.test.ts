import { describe, expect, it } from "vitest";
import { readUserData } from "../../../cloudinit";

const starts = (...lines: readonly string[]) => readUserData(`#!/bin/bash\n${lines.join("\n")}\n`).starts;
const SET = "sysctl -w net.core.somaxconn=8192";

describe("the services that user data starts", () => {
  it("are known with what somaxconn is by then", () => {
    expect(starts("systemctl start nginx", SET, "systemctl enable --now redis-server.service")).toEqual([
      { unit: "nginx.service", part: 1, line: 2 },
      { unit: "redis-server.service", part: 1, line: 4, somaxconn: "8192" },
    ]);
    expect(starts(SET, "service nginx start")).toEqual([
      { unit: "nginx.service", part: 1, line: 3, somaxconn: "8192" },
    ]);
  });

  it("are started once, and again only by a restart", () => {
    expect(starts("systemctl start nginx", SET, "systemctl start nginx")).toEqual([
      { unit: "nginx.service", part: 1, line: 2 },
    ]);
    expect(starts("systemctl start nginx", SET, "systemctl restart nginx")).toEqual([
      { unit: "nginx.service", part: 1, line: 4, somaxconn: "8192" },
    ]);
  });

  it("are named only where their software is known: another word may be a password", () => {
    expect(
      starts("systemctl -q restart nginx s3cr3tT0ken --no-block", SET, "service s3cr3tT0ken start"),
    ).toEqual([{ unit: "nginx.service", part: 1, line: 2 }]);
  });

  it("may be named by a variable", () => {
    expect(
      starts(
        "systemctl start nginx",
        SET,
        "for s in nginx redis; do systemctl restart $s; done",
        'service "$1" start',
      ),
    ).toEqual([
      { unit: "nginx.service", part: 1, line: 4, somaxconn: "8192" },
      { unit: "redis.service", part: 1, line: 4, somaxconn: "8192" },
    ]);
  });

  it("begin in the order of the stages", () => {
    const text = [
      "#cloud-config",
      "runcmd:",
      "  - systemctl start nginx",
      "bootcmd:",
      `  - ${SET}`,
      "write_files:",
      "  - { path: /etc/motd, content: hello }",
      "",
    ].join("\n");
    expect(readUserData(text).starts).toEqual([
      { unit: "nginx.service", part: 1, line: 3, somaxconn: "8192" },
    ]);
  });

  it.each<[string, readonly string[]]>([
    [
      "nothing starts one",
      [SET, "systemctl enable nginx", "systemctl reload nginx", "systemctl status nginx"],
    ],
    ["a condition decides", ["systemctl start nginx", SET, "if x; then systemctl restart nginx; fi"]],
    [
      "an option that is none ends the command",
      ["systemctl start nginx", SET, "systemctl restart nginx --requirepass x"],
    ],
    ["it restarts only if it runs", ["systemctl start nginx", SET, "systemctl try-restart nginx"]],
    ["it is stopped again", ["systemctl start nginx", SET, "systemctl stop nginx"]],
    [
      "the output of a command says which",
      ["systemctl start nginx", SET, 'systemctl restart "$(cat /opt/name)"'],
    ],
    ["a pattern says which", ["systemctl start nginx", SET, "systemctl restart 'ng*'"]],
    ["what somaxconn is by then is not known", ["if x; then sysctl -w net.core.somaxconn=9000; fi", "systemctl start nginx"]], // prettier-ignore
    [
      "what is downloaded may start it again",
      ["systemctl start nginx", SET, "curl https://example.com/x | bash"],
    ],
    [
      "configuration management may",
      ["systemctl start nginx", SET, "ansible-pull -U https://example.com/x site.yml"],
    ],
    ["a program of somebody's own may", ["systemctl start nginx", SET, "/opt/shop/bin/deploy"]],
    ["the server is ended in another way", ["systemctl start nginx", SET, "pkill nginx && nginx"]],
    ["the machine boots once more", ["systemctl start nginx", SET, "reboot"]],
    ["it is of another machine", ["systemctl -H other start nginx"]],
  ])("are none where %s", (_, lines) => {
    expect(starts(...lines)).toBeUndefined();
  });
});
