import { describe, expect, it } from "vitest";
import {
  checkBacklog,
  resolveDeclaration,
  RULES,
  validateDeclaration,
  type BacklogDeclaration,
  type Finding,
  type Platform,
  type ServiceDeclaration,
  type SettingsDeclaration,
} from "../../../backlog";

/** One declaration, and what must be said of it in this place: nothing, or exactly these findings. */
interface Row {
  readonly name: string;
  readonly services: readonly ServiceDeclaration[];
  readonly settings?: SettingsDeclaration;
  readonly platform?: Platform;
  readonly found?: readonly Finding[];
}

const api = { name: "api", port: 8000, backlog: 1024 };
const nginx = { name: "nginx", backlog: 4096 };
const redis = { name: "redis", backlog: 16384 };

const check = ({ services, settings, platform }: Row): Finding[] => {
  const { declaration, problems } = validateDeclaration({ services, settings });
  expect(problems).toBeUndefined();
  return checkBacklog(resolveDeclaration(declaration as BacklogDeclaration), platform);
};

const container = (name: string, facts: { somaxconn?: number } = {}): Platform => ({
  services: { [name]: { container: facts } },
});

const CONTAINER_FIX = (somaxconn: number) =>
  `start the container with --sysctl net.core.somaxconn=${somaxconn} (Compose: sysctls, ECS: systemControls, ` +
  "Kubernetes: securityContext.sysctls with the kubelet's allowedUnsafeSysctls)";

const SILENT_DROP =
  "Linux does not refuse what does not fit: it drops the SYN in silence, and the client connects a second later or more, or times out.";

const REFUSE =
  "to refuse early, keep it and use one of these: the application accepts and answers at once that it is busy (HTTP 503 with " +
  "Retry-After); a proxy or balancer in front limits connections per server and answers or retries elsewhere; a firewall rule above a " +
  "limit of connections: nft reject with tcp reset; the listener is closed while the server is overloaded";

/** By rule: first a declaration that it is content with, then its neighbours that it is not. */
const TABLE: Readonly<Record<string, readonly Row[]>> = {
  "somaxconn-covers-backlog": [
    { name: "somaxconn as large as the backlog", services: [nginx], settings: { somaxconn: 4096 } },
    {
      name: "a backlog that is cut",
      services: [nginx],
      settings: { somaxconn: 4095 },
      found: [
        {
          rule: "somaxconn-covers-backlog",
          severity: "error",
          subject: "nginx",
          wanted: "net.core.somaxconn >= 4096",
          got: "4095",
          cause: "listen() silently cuts the declared backlog 4096 of nginx to 4095.",
          fix: "set settings.somaxconn: 4096",
        },
      ],
    },
  ],
  "somaxconn-lets-software-start": [
    { name: "uWSGI under somaxconn", services: [{ name: "uwsgi", backlog: 4096 }] },
    {
      name: "uWSGI above somaxconn, and the one line that is right for all",
      services: [{ name: "uwsgi", backlog: 5000 }, redis],
      settings: { somaxconn: 4096 },
      found: [
        {
          rule: "somaxconn-covers-backlog",
          severity: "error",
          subject: "redis",
          wanted: "net.core.somaxconn >= 16384",
          got: "4096",
          cause: "listen() silently cuts the declared backlog 16384 of redis to 4096.",
          fix: "set settings.somaxconn: 16384",
        },
        {
          rule: "somaxconn-lets-software-start",
          severity: "error",
          subject: "uwsgi",
          wanted: "net.core.somaxconn >= 5000",
          got: "4096",
          cause: "uWSGI refuses to start if its backlog is above somaxconn.",
          fix: "set settings.somaxconn: 16384, in force before uwsgi starts",
        },
      ],
    },
    {
      name: "uWSGI in a container that nobody looked into",
      services: [{ name: "uwsgi", backlog: 5000 }],
      platform: container("uwsgi"),
      found: [
        {
          rule: "somaxconn-lets-software-start",
          severity: "warning",
          subject: "uwsgi",
          wanted: "net.core.somaxconn >= 5000",
          got: "4096 unless it is set for the container",
          cause: "uWSGI refuses to start if its backlog is above somaxconn.",
          fix: "start the container with --sysctl net.core.somaxconn=5000",
        },
      ],
    },
    {
      name: "uWSGI in a container whose somaxconn is too small",
      services: [{ name: "uwsgi", backlog: 5000 }],
      platform: container("uwsgi", { somaxconn: 128 }),
      found: [
        {
          rule: "somaxconn-lets-software-start",
          severity: "error",
          subject: "uwsgi",
          wanted: "net.core.somaxconn >= 5000",
          got: "128",
          cause: "uWSGI refuses to start if its backlog is above somaxconn.",
          fix: "start the container with --sysctl net.core.somaxconn=5000",
        },
      ],
    },
  ],
  "container-has-own-somaxconn": [
    {
      name: "a container that covers it",
      services: [redis],
      platform: container("redis", { somaxconn: 16384 }),
    },
    {
      name: "a backlog that the default of a namespace covers",
      services: [nginx],
      platform: { container: {} },
    },
    { name: "a container of another service", services: [redis, nginx], platform: container("nginx") },
    {
      name: "a container that nobody looked into",
      services: [redis],
      platform: { container: {} },
      found: [
        {
          rule: "container-has-own-somaxconn",
          severity: "warning",
          subject: "redis",
          wanted: "net.core.somaxconn >= 16384 in its own network namespace",
          got: "4096 unless it is set there: the kernel's default of a new namespace",
          cause:
            "redis listens in a network namespace of its own, and the host's net.core.somaxconn does not reach it.",
          fix: CONTAINER_FIX(16384),
        },
      ],
    },
    {
      name: "a container whose somaxconn is too small, while others on the host are covered",
      services: [redis, nginx],
      platform: { ...container("redis", { somaxconn: 511 }), kernel: "6.1" },
      found: [
        {
          rule: "container-has-own-somaxconn",
          severity: "error",
          subject: "redis",
          wanted: "net.core.somaxconn >= 16384 in its own network namespace",
          got: "511",
          cause:
            "redis listens in a network namespace of its own, and the host's net.core.somaxconn does not reach it.",
          fix: CONTAINER_FIX(16384),
        },
      ],
    },
    {
      name: "an old kernel, whose namespaces begin with 128",
      services: [api],
      platform: { container: {}, kernel: "4.14.336-257.562.amzn2" },
      found: [
        {
          rule: "container-has-own-somaxconn",
          severity: "warning",
          subject: "api",
          wanted: "net.core.somaxconn >= 1024 in its own network namespace",
          got: "128 unless it is set there: the kernel's default of a new namespace",
          cause:
            "api listens in a network namespace of its own, and the host's net.core.somaxconn does not reach it.",
          fix: CONTAINER_FIX(1024),
        },
      ],
    },
  ],
  "backlog-reaches-software": [
    { name: "sshd with its own number", services: [{ name: "sshd", backlog: 128 }] },
    { name: "sshd behind its socket unit", services: [{ name: "sshd", backlog: 4096, unit: "ssh.socket" }] },
    {
      name: "sshd with more",
      services: [{ name: "sshd", backlog: 4096 }],
      found: [
        {
          rule: "backlog-reaches-software",
          severity: "error",
          subject: "sshd",
          wanted: "a backlog of 4096",
          got: "128",
          cause:
            "OpenSSH sshd always passes 128 to listen(): the number is compiled in, and no configuration reaches it.",
          fix: "declare backlog: 128 for sshd. Otherwise: start it from ssh.socket with Backlog=4096: sshd itself always asks for 128",
        },
      ],
    },
    {
      name: "Rust's standard library with less",
      services: [{ name: "rust", port: 80, backlog: 64 }],
      found: [
        {
          rule: "backlog-reaches-software",
          severity: "error",
          subject: "rust",
          wanted: "a backlog of 64",
          got: "128",
          cause:
            "Rust std TcpListener always passes 128 to listen(): the number is compiled in, and no configuration reaches it.",
          fix: "declare backlog: 128 for rust. Otherwise: create the socket with the socket2 crate and call listen(64): TcpListener::bind always asks for 128",
        },
      ],
    },
  ],
  "directive-carries-backlog": [
    {
      name: "a line that is there",
      services: [redis],
      platform: { services: { redis: { directive: "present" } } },
    },
    { name: "a configuration that nobody looked at", services: [redis] },
    {
      name: "no line where none is needed",
      services: [{ name: "redis", backlog: 511 }],
      platform: { services: { redis: { directive: "absent" } } },
    },
    {
      name: "no line where somaxconn cuts the default to the declared number",
      services: [{ name: "haproxy", port: 80, backlog: 4096 }],
      platform: { services: { haproxy: { directive: "absent" } } },
    },
    {
      name: "no line for a program outside the catalogue",
      services: [api],
      platform: { services: { api: { directive: "absent" } } },
    },
    {
      name: "no line for software that has none",
      services: [{ name: "caddy" }],
      platform: { services: { caddy: { directive: "absent" } } },
    },
    {
      name: "a line that is missing",
      services: [redis],
      platform: { services: { redis: { directive: "absent" } } },
      found: [
        {
          rule: "directive-carries-backlog",
          severity: "error",
          subject: "redis",
          wanted: "the line that gives it a backlog of 16384",
          got: "a configuration without it",
          cause: "Without the line, Redis asks for 511, whatever somaxconn is.",
          fix: 'write "tcp-backlog 16384" to /etc/redis/redis.conf',
        },
      ],
    },
    {
      name: "a line that may be there",
      services: [{ name: "gunicorn", backlog: 4096 }],
      platform: { services: { gunicorn: { directive: "unknown" } } },
      found: [
        {
          rule: "directive-carries-backlog",
          severity: "info",
          subject: "gunicorn",
          wanted: "the line that gives it a backlog of 4096",
          got: "a configuration that could not be read",
          cause: "Without the line, Gunicorn asks for 2048, whatever somaxconn is.",
          fix: 'start it with "--backlog 4096"',
        },
      ],
    },
    {
      name: "a line that a newer release does without",
      services: [{ name: "lighttpd", backlog: 4096 }],
      platform: { services: { lighttpd: { directive: "absent" } } },
      found: [
        {
          rule: "directive-carries-backlog",
          severity: "warning",
          subject: "lighttpd",
          wanted: "the line that gives it a backlog of 4096",
          got: "a configuration without it",
          cause:
            "Without the line, lighttpd asks for 1024, whatever somaxconn is. Other releases do without it: 1.4.79 and later.",
          fix: 'write "server.listen-backlog = 4096" to /etc/lighttpd/lighttpd.conf',
        },
      ],
    },
    {
      name: "a default that comes from another setting",
      services: [{ name: "mysql", backlog: 4096 }],
      platform: { services: { mysql: { directive: "absent" } } },
      found: [
        {
          rule: "directive-carries-backlog",
          severity: "error",
          subject: "mysql",
          wanted: "the line that gives it a backlog of 4096",
          got: "a configuration without it",
          cause:
            "Without the line, MySQL asks for 151, which it computes from max_connections at its default.",
          fix: 'write "back_log = 4096" to /etc/mysql/mysql.conf.d/mysqld.cnf',
        },
      ],
    },
    {
      name: "a socket unit, whose line is systemd's",
      services: [{ name: "sshd", backlog: 128, unit: "ssh.socket" }],
      platform: { services: { sshd: { directive: "absent" } } },
      found: [
        {
          rule: "directive-carries-backlog",
          severity: "error",
          subject: "sshd",
          wanted: "the line that gives it a backlog of 128",
          got: "a configuration without it",
          cause: "Without the line, systemd socket unit asks for 4096, which is all that somaxconn allows.",
          fix: 'write "Backlog=128" to /etc/systemd/system/ssh.socket.d/backlog.conf',
        },
      ],
    },
    {
      name: "a program whose line is in its source",
      services: [{ name: "node", backlog: 4096 }],
      platform: { services: { node: { directive: "unknown" } } },
      found: [
        {
          rule: "directive-carries-backlog",
          severity: "info",
          subject: "node",
          wanted: "the line that gives it a backlog of 4096",
          got: "a configuration that could not be read",
          cause: "Without the line, Node.js asks for 511, whatever somaxconn is.",
          fix: 'write "server.listen({ port: 3000, backlog: 4096 });" in its program',
        },
      ],
    },
  ],
  "configuration-gives-declared-backlog": [
    {
      name: "a configuration that gives as much or more",
      services: [nginx],
      platform: { services: { nginx: { configuredBacklog: 4096 } } },
    },
    {
      name: "a program without a setting, of which something else is said",
      services: [{ name: "caddy", backlog: 4096 }],
      platform: { services: { caddy: { configuredBacklog: 128 } } },
    },
    {
      name: "a configuration that gives less",
      services: [nginx],
      platform: { services: { nginx: { configuredBacklog: 4095 } } },
      found: [
        {
          rule: "configuration-gives-declared-backlog",
          severity: "error",
          subject: "nginx",
          wanted: "a backlog of 4096",
          got: "4095 in its configuration",
          cause: "listen() of nginx gets what the configuration says, and that is 4095.",
          fix: 'write "listen 80 backlog=4096;" to /etc/nginx/nginx.conf, in place of the listen line of its server',
        },
      ],
    },
    {
      name: "a program outside the catalogue",
      services: [api],
      platform: { services: { api: { configuredBacklog: 128 } } },
      found: [
        {
          rule: "configuration-gives-declared-backlog",
          severity: "error",
          subject: "api",
          wanted: "a backlog of 1024",
          got: "128 in its configuration",
          cause: "listen() of api gets what the configuration says, and that is 128.",
          fix: "pass 1024 to listen() in api",
        },
      ],
    },
  ],
  "software-follows-somaxconn": [
    { name: "Caddy with somaxconn", services: [{ name: "caddy", backlog: 4096 }] },
    { name: "Caddy without a number", services: [{ name: "caddy" }], settings: { somaxconn: 8192 } },
    { name: "Envoy, which has a setting", services: [{ name: "envoy", port: 80, backlog: 1024 }] },
    {
      name: "Caddy in a container that nobody looked into",
      services: [{ name: "caddy", backlog: 1024 }],
      platform: { container: {} },
    },
    {
      name: "Caddy with less",
      services: [{ name: "caddy", backlog: 1024 }],
      found: [
        {
          rule: "software-follows-somaxconn",
          severity: "warning",
          subject: "caddy",
          wanted: "a backlog of 1024",
          got: "4096",
          cause: "Caddy has no backlog setting and always asks for somaxconn.",
          fix: "leave backlog out of the declaration of caddy, or declare backlog: 4096",
        },
      ],
    },
    {
      name: "Caddy with 0, which it cannot be given, and so is not told what 0 does",
      services: [{ name: "caddy", backlog: 0 }],
      platform: container("caddy", { somaxconn: 1000 }),
      found: [
        {
          rule: "software-follows-somaxconn",
          severity: "warning",
          subject: "caddy",
          wanted: "a backlog of 0",
          got: "1000",
          cause: "Caddy has no backlog setting and always asks for somaxconn.",
          fix: "leave backlog out of the declaration of caddy, or declare backlog: 1000",
        },
      ],
    },
  ],
  "backlog-has-its-own-setting": [
    { name: "PostgreSQL with what it asks for", services: [{ name: "postgresql" }] },
    { name: "MySQL, whose setting is its own", services: [{ name: "mysql", backlog: 4096 }] },
    {
      name: "PostgreSQL with more",
      services: [{ name: "postgresql", backlog: 4096 }],
      found: [
        {
          rule: "backlog-has-its-own-setting",
          severity: "warning",
          subject: "postgresql",
          wanted: "a backlog setting of its own",
          got: "a backlog of 4096 by way of max_connections",
          cause:
            "PostgreSQL has no setting for the backlog alone: it computes it from max_connections, which bounds more than the queue.",
          fix: 'declare backlog: 244 for postgresql and put a proxy or pooler with a backlog of 4096 in front of it; or, if that limit is wanted, write "max_connections = 2048" to /etc/postgresql/15/main/postgresql.conf',
        },
      ],
    },
  ],
  "raised-somaxconn-is-used": [
    { name: "nobody raised it", services: [{ name: "redis" }], settings: { somaxconn: 4096 } },
    {
      name: "a service reaches it",
      services: [{ name: "redis" }, nginx, { ...api, backlog: 8192 }],
      settings: { somaxconn: 8192 },
    },
    {
      name: "a service follows it",
      services: [{ name: "redis" }, { name: "caddy" }],
      settings: { somaxconn: 8192 },
    },
    {
      name: "a sysctl that does nothing for software with a default of its own",
      services: [{ name: "redis" }],
      settings: { somaxconn: 16384 },
      found: [
        {
          rule: "raised-somaxconn-is-used",
          severity: "warning",
          subject: "redis",
          wanted: "a declared backlog that uses settings.somaxconn 16384",
          got: "511, the default of the software",
          cause: "Redis asks for 511, so raising net.core.somaxconn does nothing for it.",
          fix: 'leave settings.somaxconn out; or, if redis needs 16384: declare backlog: 16384 for redis, and write "tcp-backlog 16384" to /etc/redis/redis.conf',
        },
      ],
    },
    {
      name: "backlogs that were chosen, and software that cannot be given more",
      services: [api, { name: "sshd" }, { name: "tinyproxy", backlog: 2000 }],
      settings: { somaxconn: 65535 },
      found: [
        {
          rule: "backlog-reaches-software",
          severity: "error",
          subject: "tinyproxy",
          wanted: "a backlog of 2000",
          got: "1024",
          cause:
            "Tinyproxy always passes 1024 to listen(): the number is compiled in, and no configuration reaches it.",
          fix: "declare backlog: 1024 for tinyproxy. Otherwise: no setting reaches listen(): put a proxy with a backlog of 2000 in front of it",
        },
        {
          rule: "raised-somaxconn-is-used",
          severity: "info",
          subject: "api",
          wanted: "a declared backlog that uses settings.somaxconn 65535",
          got: "1024",
          cause: "api asks for 1024, so raising net.core.somaxconn does nothing for it.",
          fix: "leave settings.somaxconn out; or, if api needs 65535: declare backlog: 65535 for api, and pass 65535 to listen() in api",
        },
        {
          rule: "raised-somaxconn-is-used",
          severity: "warning",
          subject: "sshd",
          wanted: "a declared backlog that uses settings.somaxconn 65535",
          got: "128, the default of the software",
          cause: "OpenSSH sshd asks for 128, so raising net.core.somaxconn does nothing for it.",
          fix: "leave settings.somaxconn out; or, if sshd needs 65535: start it from ssh.socket with Backlog=65535: sshd itself always asks for 128",
        },
      ],
    },
    {
      name: "raised over what an old kernel has",
      services: [{ name: "redis" }],
      settings: { somaxconn: 4096 },
      platform: { kernel: "4.14" },
      found: [
        {
          rule: "raised-somaxconn-is-used",
          severity: "warning",
          subject: "redis",
          wanted: "a declared backlog that uses settings.somaxconn 4096",
          got: "511, the default of the software",
          cause: "Redis asks for 511, so raising net.core.somaxconn does nothing for it.",
          fix: 'leave settings.somaxconn out; or, if redis needs 4096: declare backlog: 4096 for redis, and write "tcp-backlog 4096" to /etc/redis/redis.conf',
        },
      ],
    },
  ],
  "somaxconn-keeps-kernel-default": [
    { name: "the default itself", services: [nginx], settings: { somaxconn: 4096 } },
    {
      name: "less than today, on a kernel that never had more",
      services: [{ ...api, backlog: 128 }],
      settings: { somaxconn: 128 },
      platform: { kernel: "4.14" },
    },
    {
      name: "less than the kernel has by itself",
      services: [api],
      settings: { somaxconn: 1024 },
      found: [
        {
          rule: "somaxconn-keeps-kernel-default",
          severity: "warning",
          subject: "settings.somaxconn",
          wanted: "4096 or more",
          got: "1024",
          cause:
            "The kernel's own default is 4096, and every other listener of the host is cut to 1024 as well.",
          fix: "leave settings.somaxconn out, and declare a small backlog for the service that needs one",
        },
      ],
    },
  ],
  "socket-unit-owns-socket": [
    { name: "a restart of the socket unit", services: [{ ...api, unit: "api.socket", relisten: "restart" }] },
    {
      name: "a restart of the service of a socket unit",
      services: [{ ...api, software: "systemd-socket", unit: "api.service", relisten: "restart" }],
      found: [
        {
          rule: "socket-unit-owns-socket",
          severity: "error",
          subject: "api",
          wanted: 'unit: "api.socket"',
          got: 'unit: "api.service"',
          cause: "The socket unit owns the socket, so restarting the service does not re-listen.",
          fix: 'set unit: "api.socket" for api',
        },
      ],
    },
    {
      name: "the service of a socket unit, left alone",
      services: [{ ...api, software: "systemd-socket", unit: "api@1.service" }],
      found: [
        {
          rule: "socket-unit-owns-socket",
          severity: "warning",
          subject: "api",
          wanted: 'unit: "api@1.socket"',
          got: 'unit: "api@1.service"',
          cause: "The socket unit owns the socket, so restarting the service does not re-listen.",
          fix: 'set unit: "api@1.socket" for api',
        },
      ],
    },
    {
      name: "a reload of a socket unit, and nothing of the software behind it",
      services: [{ name: "apache", backlog: 4096, unit: "apache.socket", relisten: "reload" }],
      found: [
        {
          rule: "socket-unit-owns-socket",
          severity: "error",
          subject: "apache",
          wanted: 'relisten: "restart"',
          got: 'relisten: "reload"',
          cause: "systemd cannot reload a socket unit; only its restart calls listen() again.",
          fix: 'set relisten: "restart" for apache',
        },
      ],
    },
  ],
  "relisten-takes-hold": [
    { name: "a restart of Apache", services: [{ name: "apache", backlog: 4096, relisten: "restart" }] },
    {
      name: "a reload of what re-listens then",
      services: [{ name: "unicorn", backlog: 4096, relisten: "reload" }],
    },
    {
      name: "a reload of what nobody knows",
      services: [{ ...api, unit: "api.service", relisten: "reload" }],
    },
    {
      name: "a reload of Apache",
      services: [{ name: "apache", backlog: 4096, relisten: "reload" }],
      found: [
        {
          rule: "relisten-takes-hold",
          severity: "error",
          subject: "apache",
          wanted: 'relisten: "restart"',
          got: 'relisten: "reload"',
          cause:
            "Apache httpd: A graceful restart (Debian's reload) keeps the open sockets, even if ListenBackLog changed.",
          fix: 'set relisten: "restart" for apache',
        },
      ],
    },
    {
      name: "a reload of nginx",
      services: [{ ...nginx, relisten: "reload" }],
      found: [
        {
          rule: "relisten-takes-hold",
          severity: "warning",
          subject: "nginx",
          wanted: 'relisten: "restart"',
          got: 'relisten: "reload"',
          cause:
            "nginx: A reload calls listen() again only on sockets whose backlog= changed; after a change of somaxconn alone, restart.",
          fix: 'set relisten: "restart" for nginx',
        },
      ],
    },
  ],
  "service-starts-after-setting": [
    { name: "a start of which nothing is known", services: [{ name: "nginx", backlog: 8192 }] },
    {
      name: "a start with enough",
      services: [{ name: "nginx", backlog: 8192 }],
      platform: { services: { nginx: { somaxconnAtStart: 8192 } } },
    },
    {
      name: "a start with less than is set, and enough for the service",
      services: [{ name: "nginx", backlog: 1024 }],
      platform: { services: { nginx: { somaxconnAtStart: 4096 } } },
    },
    {
      name: "a start in a container, which the host's value does not reach",
      services: [{ name: "nginx", backlog: 8192 }],
      platform: { services: { nginx: { somaxconnAtStart: 4096, container: { somaxconn: 8192 } } } },
    },
    {
      name: "a start with less",
      services: [{ name: "nginx", backlog: 8192, unit: "web.service" }],
      platform: { services: { nginx: { somaxconnAtStart: 4096 } } },
      found: [
        {
          rule: "service-starts-after-setting",
          severity: "warning",
          subject: "nginx",
          wanted: "a start after net.core.somaxconn is 8192 or more",
          got: "a start before, when it is 4096",
          cause: "listen() has cut the backlog by then, and the socket keeps what it got.",
          fix: "restart web.service after the command that applies the setting, or apply the setting first",
        },
      ],
    },
    {
      name: "a start with less, by its package",
      services: [{ name: "nginx", backlog: 8192 }],
      platform: { services: { nginx: { somaxconnAtStart: 4096, startedBy: "package" } } },
      found: [
        {
          rule: "service-starts-after-setting",
          severity: "warning",
          subject: "nginx",
          wanted: "a start after net.core.somaxconn is 8192 or more",
          got: "a start before, by the installation of its package, when it is 4096",
          cause:
            "listen() has cut the backlog by then, and the socket keeps what it got. A package of Debian or Ubuntu starts its service when it is installed, and a start afterwards does nothing.",
          fix: "add systemctl restart nginx.service behind the command that applies the setting",
        },
      ],
    },
    {
      name: "a start with less, by its package, if that starts anything",
      services: [{ name: "shop", port: 80, backlog: 8192 }],
      platform: { services: { shop: { somaxconnAtStart: 4096, startedBy: "package-if-debian" } } },
      found: [
        {
          rule: "service-starts-after-setting",
          severity: "warning",
          subject: "shop",
          wanted: "a start after net.core.somaxconn is 8192 or more",
          got: "on Debian and Ubuntu, a start before, by the installation of its package, when it is 4096",
          cause:
            "listen() has cut the backlog by then, and the socket keeps what it got. A package of Debian or Ubuntu starts its service when it is installed; those of other distributions do not, and there nothing starts it.",
          fix: "add a restart of it behind the command that applies the setting",
        },
      ],
    },
  ],
  "small-backlog-still-queues": [
    { name: "room for one browser", services: [{ ...api, backlog: 5 }] },
    { name: "a small number that the software asks for by itself", services: [{ name: "erlang", port: 80 }] },
    {
      name: "0",
      services: [{ ...api, backlog: 0 }],
      found: [
        {
          rule: "small-backlog-still-queues",
          severity: "warning",
          subject: "api",
          wanted: "an accept queue for 6 connections or more, or something that refuses",
          got: "0",
          cause: `A backlog of 0 still holds 1 connection: the accept queue is full only when it is longer than the backlog. ${SILENT_DROP}`,
          fix: `to queue, declare backlog: 4096 for api; ${REFUSE}`,
        },
      ],
    },
    {
      name: "less than one browser opens",
      services: [{ ...api, backlog: 4 }],
      found: [
        {
          rule: "small-backlog-still-queues",
          severity: "warning",
          subject: "api",
          wanted: "an accept queue for 6 connections or more, or something that refuses",
          got: "4",
          cause: `A backlog of 4 still holds 5 connections: the accept queue is full only when it is longer than the backlog. ${SILENT_DROP}`,
          fix: `to queue, declare backlog: 4096 for api; ${REFUSE}`,
        },
      ],
    },
  ],
  "backlog-fits-16-bits": [
    { name: "the largest of 16 bits", services: [{ ...api, backlog: 65535 }] },
    {
      name: "one more",
      services: [{ ...api, backlog: 65536 }],
      found: [
        {
          rule: "backlog-fits-16-bits",
          severity: "warning",
          subject: "api",
          wanted: "a backlog of 65535 or less",
          got: "65536",
          // 65537 connections of 2688 bytes
          cause:
            "Some software keeps 16 bits of it, and a full queue takes 176163456 bytes of kernel memory.",
          fix: "declare backlog: 65535 for api, and pass 65535 to listen() in api",
        },
      ],
    },
    {
      name: "as many as somebody has a reason for",
      services: [{ ...api, backlog: 65536 }],
      platform: { largestBacklog: 65536 },
    },
    {
      name: "more than somebody has a reason for",
      services: [api],
      platform: { largestBacklog: 1000 },
      found: [
        {
          rule: "backlog-fits-16-bits",
          severity: "warning",
          subject: "api",
          wanted: "a backlog of 1000 or less",
          got: "1024",
          cause: "More is to be explained, and a full queue takes 2755200 bytes of kernel memory.",
          fix: "declare backlog: 1000 for api, and pass 1000 to listen() in api",
        },
      ],
    },
    {
      name: "one more on a kernel of 16 bits",
      services: [{ ...api, backlog: 65536 }],
      platform: { kernel: "3.10.0-1160.el7.x86_64" },
      found: [
        {
          rule: "backlog-fits-16-bits",
          severity: "error",
          subject: "api",
          wanted: "a backlog of 65535 or less on a kernel before 4.1",
          got: "65536",
          cause: "This kernel keeps 16 bits of it: the effective backlog becomes 0.",
          fix: "declare backlog: 65535 for api, and pass 65535 to listen() in api",
        },
      ],
    },
    {
      name: "software that asks for all of somaxconn",
      services: [{ name: "caddy" }],
      settings: { somaxconn: 100000 },
      found: [
        {
          rule: "backlog-fits-16-bits",
          severity: "warning",
          subject: "caddy",
          wanted: "a backlog of 65535 or less",
          got: "100000, which nobody declared: the software asks for it by itself",
          cause:
            "Some software keeps 16 bits of it, and a full queue takes 268802688 bytes of kernel memory.",
          fix: "set net.core.somaxconn to 65535 or less: Caddy always asks for all of it",
        },
      ],
    },
  ],
  "full-queues-fit-memory": [
    // 1025 and 16385 connections of 2688 bytes
    { name: "exactly the memory", services: [api, redis], platform: { memoryBytes: 46798080 } },
    {
      name: "a byte less",
      services: [api, redis],
      platform: { memoryBytes: 46798079 },
      found: [
        {
          rule: "full-queues-fit-memory",
          severity: "warning",
          subject: "services",
          wanted: "46798079 bytes or less with all accept queues full",
          got: "46798080 bytes",
          cause: "The 2 full queues together take more kernel memory than the budget of the platform.",
          fix: "declare no backlog above 16383, or raise the budget to 46798080 bytes",
        },
      ],
    },
    {
      name: "memory that a smaller backlog fills exactly",
      services: [api],
      platform: { memoryBytes: 2688 * 1000 },
      found: [
        {
          rule: "full-queues-fit-memory",
          severity: "warning",
          subject: "services",
          wanted: "2688000 bytes or less with all accept queues full",
          got: "2755200 bytes",
          cause: "The full queue takes more kernel memory than the budget of the platform.",
          fix: "declare no backlog above 999, or raise the budget to 2755200 bytes",
        },
      ],
    },
    {
      name: "room for less than one connection",
      services: [api],
      platform: { memoryBytes: 2687 },
      found: [
        {
          rule: "full-queues-fit-memory",
          severity: "warning",
          subject: "services",
          wanted: "2687 bytes or less with all accept queues full",
          got: "2755200 bytes",
          cause: "The full queue takes more kernel memory than the budget of the platform.",
          fix: "raise the budget to 2688 bytes at least: not even one waiting connection for each service fits",
        },
      ],
    },
  ],
  "queue-wait-fits-latency-budget": [
    {
      name: "exactly the budget",
      services: [api],
      platform: { services: { api: { acceptRate: 1024, latencyBudgetSeconds: 1 } } },
    },
    { name: "no budget", services: [api], platform: { services: { api: { acceptRate: 1 } } } },
    { name: "no rate", services: [api], platform: { services: { api: { latencyBudgetSeconds: 0.001 } } } },
    {
      name: "a slow service",
      services: [{ name: "gunicorn", backlog: 4096 }],
      platform: { services: { gunicorn: { acceptRate: 500, latencyBudgetSeconds: 1 } } },
      found: [
        {
          rule: "queue-wait-fits-latency-budget",
          severity: "warning",
          subject: "gunicorn",
          wanted: "a wait of 1 s or less in a full accept queue",
          got: "8.19 s",
          cause: "The last of 4096 waiting connections is accepted after all others, at 500 per second.",
          fix: 'declare backlog: 500 for gunicorn, and start it with "--backlog 500"',
        },
      ],
    },
    {
      name: "a service so slow that no backlog is right",
      services: [api],
      platform: { services: { api: { acceptRate: 4, latencyBudgetSeconds: 1 } } },
      found: [
        {
          rule: "queue-wait-fits-latency-budget",
          severity: "warning",
          subject: "api",
          wanted: "a wait of 1 s or less in a full accept queue",
          got: "256 s",
          cause: "The last of 1024 waiting connections is accepted after all others, at 4 per second.",
          fix: "raise the accept rate of api, or limit connections in front of it: a backlog of 4 would drop most clients",
        },
      ],
    },
    {
      name: "a slow service whose backlog nobody can set",
      services: [{ name: "sshd" }],
      platform: { services: { sshd: { acceptRate: 64, latencyBudgetSeconds: 1 } } },
      found: [
        {
          rule: "queue-wait-fits-latency-budget",
          severity: "warning",
          subject: "sshd",
          wanted: "a wait of 1 s or less in a full accept queue",
          got: "2 s",
          cause: "The last of 128 waiting connections is accepted after all others, at 64 per second.",
          fix: "raise the accept rate of sshd, or limit connections in front of it: OpenSSH sshd has no backlog setting",
        },
      ],
    },
  ],
  "open-files-cover-queue": [
    {
      name: "a file for each connection",
      services: [nginx],
      platform: { services: { nginx: { openFiles: 4097 } } },
    },
    {
      name: "one file too few",
      services: [nginx],
      platform: { services: { nginx: { openFiles: 4096 } } },
      found: [
        {
          rule: "open-files-cover-queue",
          severity: "warning",
          subject: "nginx",
          wanted: "4097 open files or more",
          got: "4096",
          cause: "accept() fails with EMFILE before a full accept queue of 4097 connections is worked off.",
          fix: 'write "LimitNOFILE=16384" under [Service] with sudo systemctl edit nginx.service, then sudo systemctl restart nginx.service',
        },
      ],
    },
    {
      name: "a socket unit, whose limit is the service's",
      services: [{ ...api, unit: "api.socket" }],
      platform: { services: { api: { openFiles: 1024 } } },
      found: [
        {
          rule: "open-files-cover-queue",
          severity: "warning",
          subject: "api",
          wanted: "1025 open files or more",
          got: "1024",
          cause: "accept() fails with EMFILE before a full accept queue of 1025 connections is worked off.",
          fix: 'write "LimitNOFILE=4096" under [Service] with sudo systemctl edit api.service, then sudo systemctl restart api.service',
        },
      ],
    },
    {
      name: "as many as a process may open",
      services: [{ ...api, backlog: 1048575 }],
      platform: { services: { api: { openFiles: 1048575 } } },
      found: [
        {
          rule: "backlog-fits-16-bits",
          severity: "warning",
          subject: "api",
          wanted: "a backlog of 65535 or less",
          got: "1048575",
          cause:
            "Some software keeps 16 bits of it, and a full queue takes 2818572288 bytes of kernel memory.",
          fix: "declare backlog: 65535 for api, and pass 65535 to listen() in api",
        },
        {
          rule: "open-files-cover-queue",
          severity: "warning",
          subject: "api",
          wanted: "1048576 open files or more",
          got: "1048575",
          cause:
            "accept() fails with EMFILE before a full accept queue of 1048576 connections is worked off.",
          fix: 'write "LimitNOFILE=1048576" under [Service] in a drop-in of the unit of api, with systemctl edit, then restart it',
        },
      ],
    },
    {
      name: "more than any process may open",
      services: [{ ...api, backlog: 1048576 }],
      platform: { services: { api: { openFiles: 1048576 } } },
      found: [
        {
          rule: "backlog-fits-16-bits",
          severity: "warning",
          subject: "api",
          wanted: "a backlog of 65535 or less",
          got: "1048576",
          cause:
            "Some software keeps 16 bits of it, and a full queue takes 2818574976 bytes of kernel memory.",
          fix: "declare backlog: 65535 for api, and pass 65535 to listen() in api",
        },
        {
          rule: "open-files-cover-queue",
          severity: "warning",
          subject: "api",
          wanted: "1048577 open files or more",
          got: "1048576",
          cause:
            "accept() fails with EMFILE before a full accept queue of 1048577 connections is worked off.",
          fix: "declare backlog: 4096 for api, and pass 4096 to listen() in api: fs.nr_open allows a process no more than 1048576 files by default",
        },
      ],
    },
  ],
  "max-syn-backlog-takes-effect": [
    {
      name: "relied on where it counts",
      services: [nginx],
      settings: { tcpMaxSynBacklog: 8192, tcpSyncookies: 0 },
      platform: { environment: "test" },
    },
    {
      name: "a kernel that looked at it always",
      services: [nginx],
      settings: { tcpMaxSynBacklog: 8192 },
      platform: { kernel: "4.2.0" },
    },
    ...([undefined, 1, 2] as const).map((tcpSyncookies): Row => ({
      name: `relied on with tcp_syncookies ${tcpSyncookies ?? "by default"}`,
      services: [nginx],
      settings: { tcpMaxSynBacklog: 8192, tcpSyncookies },
      platform: { environment: "test" },
      found: [
        {
          rule: "max-syn-backlog-takes-effect",
          severity: "warning",
          subject: "settings.tcpMaxSynBacklog",
          wanted: "tcp_syncookies 0, or no tcp_max_syn_backlog",
          got: `8192 with tcp_syncookies ${tcpSyncookies ?? 1}`,
          cause: `The kernel looks at tcp_max_syn_backlog only while tcp_syncookies is 0; the SYN queue is bounded by ${tcpSyncookies === 2 ? "cookies for every SYN" : "the effective backlog of each listener"}.`,
          fix: "leave settings.tcpMaxSynBacklog out; a longer SYN queue comes with a larger backlog",
        },
      ],
    })),
  ],
  "max-syn-backlog-covers-backlog": [
    {
      name: "three quarters that are just enough",
      services: [nginx],
      settings: { tcpMaxSynBacklog: 5461, tcpSyncookies: 0 },
      platform: { environment: "test" },
    },
    {
      name: "a backlog that any machine's default covers",
      services: [{ ...api, backlog: 96 }],
      settings: { tcpSyncookies: 0 },
      platform: { environment: "test" },
    },
    {
      name: "services in containers, which have settings of their own",
      services: [nginx],
      settings: { tcpMaxSynBacklog: 128, tcpSyncookies: 0 },
      platform: { environment: "test", container: {} },
    },
    {
      name: "three quarters that are one too few for the largest, of which the first is named",
      services: [api, nginx, { ...api, name: "web", port: 8001, backlog: 4096 }],
      settings: { tcpMaxSynBacklog: 5460, tcpSyncookies: 0 },
      platform: { environment: "test" },
      found: [
        {
          rule: "max-syn-backlog-covers-backlog",
          severity: "warning",
          subject: "settings.tcpMaxSynBacklog",
          wanted: "a SYN queue for the effective backlog 4096 of nginx",
          got: "5460, which holds 4096",
          cause:
            "With tcp_syncookies 0, the last quarter of tcp_max_syn_backlog is kept for peers with a history.",
          fix: "set settings.tcpMaxSynBacklog: 5461, or settings.tcpSyncookies: 1",
        },
      ],
    },
    {
      name: "a default that depends on the machine",
      services: [nginx],
      settings: { tcpSyncookies: 0 },
      platform: { environment: "test" },
      found: [
        {
          rule: "max-syn-backlog-covers-backlog",
          severity: "warning",
          subject: "settings.tcpMaxSynBacklog",
          wanted: "a SYN queue for the effective backlog 4096 of nginx",
          got: "not set: computed from the memory of the machine, 128 at least, which holds 97",
          cause:
            "With tcp_syncookies 0, the last quarter of tcp_max_syn_backlog is kept for peers with a history.",
          fix: "set settings.tcpMaxSynBacklog: 5461, or settings.tcpSyncookies: 1",
        },
      ],
    },
  ],
  "syncookies-protect-production": [
    { name: "1", services: [nginx], settings: { tcpSyncookies: 1 } },
    {
      name: "2 in a test",
      services: [nginx],
      settings: { tcpSyncookies: 2 },
      platform: { environment: "test" },
    },
    {
      name: "0",
      services: [nginx],
      settings: { tcpSyncookies: 0 },
      found: [
        {
          rule: "syncookies-protect-production",
          severity: "warning",
          subject: "settings.tcpSyncookies",
          wanted: "1",
          got: "0",
          cause:
            "Without cookies, a SYN flood fills the SYN queue, and the SYNs of real clients are dropped.",
          fix: "set settings.tcpSyncookies: 1, or leave it out",
        },
      ],
    },
    {
      name: "2",
      services: [nginx],
      settings: { tcpSyncookies: 2 },
      platform: { environment: "production" },
      found: [
        {
          rule: "syncookies-protect-production",
          severity: "warning",
          subject: "settings.tcpSyncookies",
          wanted: "1",
          got: "2",
          cause: "With 2, every connection is set up by a cookie, as only a test should have it.",
          fix: "set settings.tcpSyncookies: 1, or leave it out",
        },
      ],
    },
  ],
  "cookies-keep-options": [
    { name: "timestamps on", services: [nginx], settings: { extra: { "net.ipv4.tcp_timestamps": 1 } } },
    {
      name: "timestamps off where no cookies are sent",
      services: [{ ...api, backlog: 64 }],
      settings: { tcpSyncookies: 0, extra: { "net.ipv4.tcp_timestamps": 0 } },
      platform: { environment: "test" },
    },
    {
      name: "timestamps off",
      services: [nginx],
      settings: { extra: { "net.ipv4.tcp_timestamps": "0" } },
      found: [
        {
          rule: "cookies-keep-options",
          severity: "warning",
          subject: 'settings.extra["net.ipv4.tcp_timestamps"]',
          wanted: "1",
          got: "0",
          cause:
            "With tcp_syncookies 1 and no timestamps, a connection that came by a cookie has neither window scaling nor SACK.",
          fix: 'set "net.ipv4.tcp_timestamps": 1 under settings.extra, or leave it out',
        },
      ],
    },
  ],
};

describe.each(Object.entries(TABLE))("%s", (rule, rows) => {
  it.each(rows.map((row) => [row.name, row] as const))("%s", (_, row) => {
    expect(check(row)).toEqual(row.found ?? []);
  });

  it("is shown content and not content", () => {
    const found = rows.map((row) => row.found?.some((finding) => finding.rule === rule) === true);
    expect([...new Set(found)]).toEqual([false, true]);
  });
});

describe("values-in-range", () => {
  const sound = resolveDeclaration({ services: [api, { ...nginx, relisten: "reload" }] });

  it.each([-1, 1.5, 2147483648, NaN, Infinity])(
    "answers a backlog of %s, and judges the others",
    (backlog) => {
      const services = sound.services.map((service) =>
        service.name === "api" ? { ...service, backlog } : service,
      );
      const found = checkBacklog({ ...sound, services });
      expect(found[0]).toEqual({
        rule: "values-in-range",
        severity: "error",
        subject: "api",
        wanted: "a declared backlog from 0 to 2147483647",
        got: String(backlog),
        cause: "listen() takes an int, and a declared backlog is what it will be given.",
        fix: "declare backlog: 4096 for api",
      });
      expect(found.slice(1).map(({ rule }) => rule)).toEqual(["relisten-takes-hold"]);
    },
  );

  it.each([0, 2147483647])("takes a backlog of %s", (backlog) => {
    const services = sound.services.map((service) => ({ ...service, backlog }));
    const found = checkBacklog({ ...sound, somaxconn: 2147483647, services });
    expect(found.map(({ rule }) => rule)).not.toContain("values-in-range");
  });

  it("answers settings out of range, and judges nothing with them", () => {
    const settings = [
      { key: "net.ipv4.tcp_max_syn_backlog", value: "many" },
      { key: "net.ipv4.tcp_syncookies", value: "3" },
    ];
    const found = checkBacklog({ ...sound, somaxconn: 0, settings });
    expect(found.map(({ rule, severity, subject, got }) => [rule, severity, subject, got])).toEqual([
      ["values-in-range", "error", "settings.somaxconn", "0"],
      ["values-in-range", "error", "settings.tcpMaxSynBacklog", "NaN"],
      ["values-in-range", "error", "settings.tcpSyncookies", "3"],
    ]);
    expect(found[2]?.fix).toBe("set settings.tcpSyncookies to 1, the kernel's default");
  });
});

describe("a service that never re-listens", () => {
  it("is told to be replaced", () => {
    const [service] = resolveDeclaration({ services: [{ name: "apache", relisten: "restart" }] }).services;
    if (service?.entry === undefined) {
      throw new TypeError("the catalogue has no apache");
    }
    const entry = {
      ...service.entry,
      relisten: "never" as const,
      relistenNote: "It holds its socket for ever.",
    };
    const found = checkBacklog({ services: [{ ...service, entry }], somaxconn: 4096, settings: [] });
    expect(found).toEqual([
      {
        rule: "relisten-takes-hold",
        severity: "error",
        subject: "apache",
        wanted: "a step that makes it re-listen",
        got: 'relisten: "restart"',
        cause: "Apache httpd: It holds its socket for ever.",
        fix: 'set relisten: "none" for apache, and replace its machine or container',
      },
    ]);
  });
});

describe("RULES", () => {
  it("has a table of cases for each", () => {
    expect(RULES.map(({ id }) => id)).toEqual(["values-in-range", ...Object.keys(TABLE)]);
  });

  it("names each rule once, in words that can be printed in a document", () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { id, title, why } of RULES) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
      expect(title).toMatch(/^[A-Z][\x20-\x7e]*[^.]$|^tcp_|^somaxconn/);
      expect(why).toMatch(/^[\x20-\x7e]*\.$/);
    }
  });

  it("says the most that a finding of each rule weighs, and a case shows it", () => {
    const shown = Object.values(TABLE).flatMap((rows) => rows.flatMap((row) => row.found ?? []));
    for (const { id, severity } of RULES.filter(({ id }) => id !== "values-in-range")) {
      const severities = shown.filter(({ rule }) => rule === id).map((finding) => finding.severity);
      expect([id, severities]).toEqual([id, expect.arrayContaining([severity])]);
      expect([id, severity === "error" || !severities.includes("error")]).toEqual([id, true]);
    }
  });
});

describe("an ordinary declaration", () => {
  it.each<[string, readonly ServiceDeclaration[]]>([
    ["of a web server, a cache and a program of one's own", [nginx, redis, api]],
    [
      "that leaves every number to the software",
      [{ name: "nginx" }, { name: "redis" }, { name: "caddy", port: 443 }],
    ],
    [
      "that restarts what it changes",
      [
        { ...nginx, relisten: "restart" },
        { ...api, unit: "api.service", relisten: "restart" },
      ],
    ],
  ])("%s gives no finding", (_, services) => {
    expect(check({ name: "", services })).toEqual([]);
    expect(check({ name: "", services, platform: { kernel: "6.1.0-18-cloud-amd64" } })).toEqual([]);
  });
});
