import { describe, expect, it } from "vitest";
import { readUserData } from "../../../cloudinit";
import { short } from "./support/short";

const file = (path: string, ...lines: string[]): string =>
  `#cloud-config\n${JSON.stringify({ write_files: [{ path, content: `${lines.join("\n")}\n` }] })}\n`;
const backlogs = (text: string): string[] =>
  short(readUserData(text)).backlogs.map((one) => one.replace(/, .*/, ""));

describe("a directive that a file has twice", () => {
  it.each<[string, string[], string]>([
    ["Redis", ["redis = 1024"], file("/etc/redis/redis.conf", "tcp-backlog 511", "tcp-backlog 1024")],
    ["a socket unit", ["systemd-socket:80 = 128"], file("/etc/systemd/system/a.socket", "[Socket]", "ListenStream=80", "Backlog=4096", "Backlog=128")],
    ["MySQL", ["mysql = 900"], file("/etc/mysql/my.cnf", "[mysqld]", "back_log = 80", "[mysqld-8.0]", "back_log = 900")],
    ["Apache", ["apache = 700"], file("/etc/apache2/ports.conf", "ListenBacklog 511", "ListenBacklog 700")],
    ["PHP-FPM with two pools", ["php-fpm = 600", "php-fpm = 700"], file("/etc/php-fpm.d/a.conf", "[a]", "listen.backlog = 511", "listen.backlog = 600", "[b]", "listen.backlog = 700")],
    ["nginx, of which each listen has its own", ["nginx:80 = 511", "nginx:81 = 600"], file("/etc/nginx/conf.d/a.conf", "listen 80 backlog=511;", "listen 81 backlog=600;")],
  ])("of %s", (_, expected, text) => {
    expect(backlogs(text)).toEqual(expected);
  }); // prettier-ignore

  it("is not known where the second may not be there", () => {
    const script = `#!/bin/sh\necho 'tcp-backlog 600' > /etc/redis/redis.conf\n[ -e /x ] && echo 'tcp-backlog 700' >> /etc/redis/redis.conf\n`;
    const { backlogs: found, unknown } = short(readUserData(script));
    expect(found).toEqual([]);
    expect(unknown).toEqual(["condition of redis, 1:3 /etc/redis/redis.conf"]);
  });

  it("means nothing to a server where clients are told", () => {
    const text = file("/etc/mysql/my.cnf", "[mysqld]", "back_log = 900", "[client]", "back_log = 3");
    expect(backlogs(text)).toEqual(["mysql = 900"]);
  });
});
