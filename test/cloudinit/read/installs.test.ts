import { describe, expect, it } from "vitest";
import { composeUserData, readUserData } from "../../../cloudinit";

const script = (...lines: readonly string[]) => readUserData(`#!/bin/bash\n${lines.join("\n")}\n`).starts;
const config = (...lines: readonly string[]) => readUserData(`#cloud-config\n${lines.join("\n")}\n`).starts;

const SET = "sysctl -w net.core.somaxconn=8192";
const INSTALL = "apt-get install -y nginx";

describe("a package of Debian starts its service where it is installed", () => {
  it.each([
    INSTALL,
    "apt-get install -y curl nginx=1.22.1-9 php-cli",
    "apt -y install nginx-full/bookworm",
    "sudo DEBIAN_FRONTEND=noninteractive apt-get -yqq -t bookworm-backports install --no-install-recommends nginx:amd64",
    "apt-get -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=60 install -y nginx",
    "apt-get update && apt-get install -y nginx",
    "export DEBIAN_FRONTEND=noninteractive && sudo apt-get update -qq && sudo apt-get -y upgrade && sudo apt-get install -y nginx",
  ])("%s", (install) => {
    expect(script(install, SET)).toEqual([{ unit: "nginx.service", part: 1, line: 2, byPackage: "sure" }]);
    expect(script(SET, install)).toEqual([
      { unit: "nginx.service", part: 1, line: 3, somaxconn: "8192", byPackage: "sure" },
    ]);
  });

  it("and what runs is not started again", () => {
    const started = [{ unit: "nginx.service", part: 1, line: 2, byPackage: "sure" }];
    expect(script(INSTALL, SET, "systemctl start nginx")).toEqual(started);
    expect(script(INSTALL, SET, "systemctl enable --now nginx")).toEqual(started);
    expect(script(INSTALL, SET, "systemctl enable nginx", "systemctl status nginx")).toEqual(started);
    expect(script("apt-get install -y redis-server", SET, "systemctl start redis")).toEqual([
      { unit: "redis-server.service", part: 1, line: 2, byPackage: "sure" },
    ]);
  });

  it("nor listens again where it is told to read its configuration again, which is as it was", () => {
    expect(script(INSTALL, SET, "systemctl reload nginx")).toEqual([
      { unit: "nginx.service", part: 1, line: 2, byPackage: "sure" },
    ]);
    expect(script("apt-get install -y apache2", SET, "service apache2 reload")).toEqual([
      { unit: "apache2.service", part: 1, line: 2, byPackage: "sure" },
    ]);
  });

  it("and other packages, installed before the setting, change nothing", () => {
    const started = [{ unit: "nginx.service", part: 1, line: 2, byPackage: "sure" }];
    expect(script(INSTALL, "apt-get install -y awscli", SET)).toEqual(started);
    expect(script(INSTALL, SET, "apt-get clean", "dpkg -l nginx")).toEqual(started);
  });

  it.each<[string, readonly string[], string]>([
    ["a restart", [INSTALL, SET, "systemctl restart nginx"], "nginx.service"],
    ["a stop and a start", [INSTALL, SET, "systemctl stop nginx", "systemctl start nginx"], "nginx.service"],
    ["a restart of another of its names", ["apt-get install -y redis-server", SET, "service redis restart"], "redis.service"], // prettier-ignore
    ["the reload of a server that opens its ports again", ["apt-get install -y squid", SET, "systemctl reload squid"], "squid.service"], // prettier-ignore
    ["an end with the unit disabled", [INSTALL, SET, "systemctl disable --now nginx", "systemctl enable --now nginx"], "nginx.service"], // prettier-ignore
  ])("until %s", (_, lines, unit) => {
    expect(script(...lines)).toEqual([{ unit, part: 1, line: lines.length + 1, somaxconn: "8192" }]);
  });

  it.each<[string, readonly string[]]>([
    ["the unit is masked", ["systemctl mask nginx", INSTALL, SET]],
    ["the unit may be masked", ["if x; then systemctl mask nginx; fi", INSTALL, SET]],
    ["any unit may be masked", ['systemctl mask "$(cat /opt/name)"', INSTALL, SET]],
    ["packages may not start anything", ["printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d", "chmod +x /usr/sbin/policy-rc.d", INSTALL, SET]], // prettier-ignore
    ["the run level says that they may not", [`RUNLEVEL=1 ${INSTALL}`, SET]],
    ["the run level says so for all", ["export RUNLEVEL=1", INSTALL, SET]],
    ["nothing is installed", ["apt-get install -y --download-only nginx", "apt-get -s install nginx", SET]],
    ["an option decides", ["apt-get install -y -c /opt/apt.conf nginx", SET]],
    ["a variable may be an option", ["apt-get install $OPTIONS nginx", SET]],
    ["a condition decides", [`if [ -e /etc/debian_version ]; then ${INSTALL}; fi`, SET]],
    ["something else than an update decides", [`mount /dev/sdb /srv && ${INSTALL}`, SET]],
    ["it is the other branch", [`apt-get update || ${INSTALL}`, SET]],
    ["it is removed", [INSTALL, SET, "apt-get purge -y nginx"]],
    ["its configuration is there already, and nobody says whose stays", ["echo > /etc/nginx/nginx.conf", INSTALL, SET]], // prettier-ignore
    ["an upgrade may restart it", [INSTALL, SET, "apt-get upgrade -y"]],
    ["another package may restart it", [INSTALL, SET, "apt-get install -y libnginx-mod-stream"]],
    ["a package that was downloaded may restart it", [INSTALL, SET, "dpkg -i agent.deb"]],
    ["it restarts if it runs", [INSTALL, SET, "systemctl try-restart nginx"]],
    ["a reload opens what the configuration says by now", [INSTALL, "echo 'server { listen 80 backlog=8192; }' > /etc/nginx/conf.d/a.conf", SET, "systemctl reload nginx"]], // prettier-ignore
    ["a reload comes after an edit", [INSTALL, "sed -i s/80/8080/ /etc/nginx/sites-enabled/default", SET, "systemctl reload nginx"]], // prettier-ignore
    [
      "a reload comes after a command that may write",
      [INSTALL, "a2ensite shop", SET, "systemctl reload nginx"],
    ],
    [
      "its program is told something",
      ["apt-get install -y postgresql", SET, "pg_ctlcluster 15 main restart"],
    ],
    ["an instance of it is restarted", ["apt-get install -y postgresql", SET, "systemctl try-restart postgresql@15-main"]], // prettier-ignore
    ["a name that stands for it is restarted, perhaps", ["apt-get install -y mariadb-server", SET, "systemctl try-restart mysql"]], // prettier-ignore
    ["something runs what it reads", [INSTALL, SET, "echo systemctl restart nginx | xargs -I{} sh -c {}"]],
    ["it is killed", [INSTALL, SET, "killall nginx", "systemctl try-restart nginx"]],
    ["the machine boots once more", [INSTALL, SET, "reboot"]],
    ["a process gets a signal, and its number does not tell which", [INSTALL, SET, 'kill -HUP "$(cat /run/nginx.pid)"']], // prettier-ignore
    ["what holds its port is killed", [INSTALL, SET, "fuser -k 80/tcp"]],
    ["its package is configured once more", [INSTALL, SET, "dpkg-reconfigure -f noninteractive nginx"]],
    ["whatever is newer is installed", [INSTALL, SET, "unattended-upgrade -d"]],
    ["a unit of the user data restarts it", [INSTALL, SET, "printf '[Service]\\nExecStart=/bin/systemctl restart nginx\\n' > /etc/systemd/system/late.service", "systemctl enable --now late.timer"]], // prettier-ignore
    ["a script of such a unit restarts it", [INSTALL, SET, "echo service nginx restart > /opt/late", "echo ExecStart=/bin/sh /opt/late > /etc/systemd/system/late@.service", "systemctl start late@1"]], // prettier-ignore
    ["it sets something itself before it listens", ["mkdir -p /etc/systemd/system/nginx.service.d", "echo ExecStartPre=/sbin/sysctl -w net.core.somaxconn=8192 > /etc/systemd/system/nginx.service.d/a.conf", INSTALL, SET]], // prettier-ignore
  ])("or nobody knows, because %s", (_, lines) => {
    expect(script(...lines)).toBeUndefined();
  });

  it("and units of the user data that have nothing to do with it change nothing", () => {
    const app =
      "printf '[Unit]\\nAfter=network.service nginx.service\\n[Service]\\nRestart=always\\nExecStart=/opt/app start\\n' > /etc/systemd/system/app.service";
    expect(script(INSTALL, app, SET, "systemctl enable --now app", "kill -0 1")).toEqual([
      { unit: "nginx.service", part: 1, line: 2, byPackage: "sure" },
    ]);
  });

  it("and a script of /etc/init.d does what `service` does", () => {
    expect(script(INSTALL, SET, "/etc/init.d/nginx restart")).toEqual([
      { unit: "nginx.service", part: 1, line: 4, somaxconn: "8192" },
    ]);
    expect(
      script(
        "echo net.core.somaxconn=8192 > /etc/sysctl.d/a.conf",
        "/etc/init.d/procps restart",
        INSTALL,
        SET,
      ),
    ).toEqual([{ unit: "nginx.service", part: 1, line: 4, somaxconn: "8192", byPackage: "sure" }]);
    expect(script(INSTALL, SET, "echo x > /etc/init.d/nginx", "/etc/init.d/nginx restart")).toBeUndefined();
  });

  it("unless what keeps packages from it is no program", () => {
    expect(
      script("echo exit 101 > /usr/sbin/policy-rc.d", "chmod 644 /usr/sbin/policy-rc.d", INSTALL, SET),
    ).toEqual([{ unit: "nginx.service", part: 1, line: 4, byPackage: "sure" }]);
  });

  it("and with its configuration there already where apt is told to keep that", () => {
    expect(
      script(
        "echo > /etc/nginx/nginx.conf",
        `apt-get -o Dpkg::Options::="--force-confold" install -y nginx`,
        SET,
      ),
    ).toHaveLength(1);
  });
});

describe("a package of another distribution starts nothing", () => {
  it.each(["yum install -y nginx", "dnf -y install nginx", "zypper -n install nginx", "apk add nginx"])(
    "%s",
    (install) => {
      expect(script(install, SET)).toBeUndefined();
      expect(script(install, SET, "systemctl start nginx")).toEqual([
        { unit: "nginx.service", part: 1, line: 4, somaxconn: "8192" },
      ]);
    },
  );
});

describe("the packages of cloud-config", () => {
  const RUN = ["runcmd:", `  - ${SET}`];

  it("start their services if the distribution is Debian, where nothing tells", () => {
    const started = { unit: "nginx.service", part: 1, line: 2, byPackage: "if-debian" };
    expect(config("packages: [curl, nginx]", ...RUN)).toEqual([started]);
    expect(config("packages: [[nginx, 1.22.1-9]]", ...RUN)).toEqual([started]);
    expect(config("packages: nginx", ...RUN)).toEqual([started]);
    expect(config("packages: [nginx]", ...RUN, "  - systemctl enable nginx")).toEqual([started]);
  });

  it.each<[string, readonly string[]]>([
    ["a repository of apt", ["apt: { sources: {} }"]],
    ["a file of apt", ["write_files: [{ path: /etc/apt/apt.conf.d/99x, content: x }]"]],
    ["Ubuntu Pro", ["ubuntu_pro: { token: x }"]],
  ])("start them where there is %s", (_, sign) => {
    expect(config("packages: [nginx]", ...sign, ...RUN, "  - systemctl start nginx")).toEqual([
      { unit: "nginx.service", part: 1, line: 2, byPackage: "sure" },
    ]);
  });

  it("start them where apt is used anywhere, and where they are said to be of apt", () => {
    const started = { unit: "nginx.service", part: 1, line: 2, byPackage: "sure" };
    expect(config("packages: [nginx]", ...RUN, "  - apt-get clean")).toEqual([started]);
    expect(config("packages: [{ apt: [nginx] }, { snap: [certbot] }]", ...RUN)).toEqual([started]);
  });

  it.each<[string, readonly string[]]>([
    ["yum", ["runcmd:", `  - ${SET}`, "  - yum clean all"]],
    ["a repository of yum", ["yum_repos: {}", ...RUN]],
    ["a file of dnf", ["write_files: [{ path: /etc/dnf/dnf.conf, content: x }]", ...RUN]],
  ])("start nothing where there is %s", (_, lines) => {
    expect(config("packages: [nginx]", ...lines)).toBeUndefined();
  });

  it("are of a distribution that is not known where there are two", () => {
    expect(
      config("packages: [nginx]", ...RUN, "  - apt-get clean || yum clean all", "  - systemctl start nginx"),
    ).toEqual([{ unit: "nginx.service", part: 1, line: 6, somaxconn: "8192" }]);
  });

  it.each<[string, readonly string[]]>([
    ["the machine boots once more for them", ["package_reboot_if_required: true", ...RUN]],
    ["the machine boots once more", [...RUN, "power_state: { mode: reboot }"]],
    ["the machine may boot once more", [...RUN, "power_state: { mode: reboot, condition: test -e /x }"]],
    [
      "the stages are others",
      ["cloud_final_modules: [scripts-user, package-update-upgrade-install]", ...RUN],
    ],
    ["something stops the service", [...RUN, "  - systemctl stop nginx"]],
  ])("are not said to start anything where %s", (_, lines) => {
    expect(config("packages: [nginx]", ...lines)).toBeUndefined();
  });

  it("are installed behind bootcmd, and before files that are deferred", () => {
    const [early] = config("packages: [nginx]", "bootcmd:", `  - ${SET}`) ?? [];
    expect(early?.somaxconn).toBe("8192");
    const [late] =
      config(
        "packages: [nginx]",
        "write_files:",
        "  - { path: /proc/sys/net/core/somaxconn, content: '8192', defer: true }",
      ) ?? [];
    expect(late).toMatchObject({ unit: "nginx.service" });
    expect(late).not.toHaveProperty("somaxconn");
  });

  it("are followed by the scripts that cloud-init finds in its folders, which may restart them", () => {
    const late = [
      "write_files:",
      "  - { path: /var/lib/cloud/scripts/per-boot/late, permissions: '0755', content: \"#!/bin/sh\\nservice nginx restart\" }",
    ];
    expect(config("packages: [nginx]", ...late, ...RUN)).toBeUndefined();
  });
});

describe("user data of our own making", () => {
  const own = [
    "#cloud-config",
    "packages: [nginx]",
    "write_files:",
    "  - path: /etc/nginx/conf.d/shop.conf",
    "    content: server { listen 80 backlog=8192; }",
    "",
  ].join("\n");
  const part = { settings: [{ key: "net.core.somaxconn", value: "8192" }], relisten: [] };

  it("has applied its settings before any package is installed", () => {
    for (const text of [own, `${own}apt: {}\n`]) {
      const starts = readUserData(composeUserData(text, part)).starts ?? [];
      expect(starts.map(({ unit, somaxconn }) => [unit, somaxconn])).toEqual([["nginx.service", "8192"]]);
    }
  });

  it("says nothing wrong of what it restarts", () => {
    const relisten = [{ unit: "nginx.service", how: "restart" as const }];
    const starts = readUserData(composeUserData(own, { ...part, relisten, early: false })).starts ?? [];
    expect(starts.filter(({ somaxconn }) => somaxconn !== "8192")).toEqual([]);
  });
});
