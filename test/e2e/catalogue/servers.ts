/** How one server of the catalogue is run in a chamber, as its Debian package runs it. All parts are sh, run as root. */
export interface Server {
  /** The entry's id. */
  readonly software: string;
  /** The TCP port, or the path of the Unix socket, of its listener. */
  readonly address: number | string;
  /** What precedes the start and is no setting of the backlog: what systemd would have made, an application to serve. */
  readonly setup?: string;
  /** Puts the entry's line, $LINE, where the entry says that it goes. Absent where `start` uses $LINE itself. */
  readonly configure?: string;
  /** Runs it in the foreground or leaves it running. $LINE is empty for the default configuration. */
  readonly start: string;
  /** Its unit's reload. Absent where it has none. */
  readonly reload?: string;
  /** Where the default derives from another setting that `setup` gives: what the entry's formula makes of that. */
  readonly derived?: number;
  /** The reload re-listens, but with the number that the configuration had at the start. */
  readonly settingNeedsRestart?: true;
}

const WSGI = `cd /tmp && printf 'def app(environ, start):\\n    return []\\n' >app.py`;
const RACK = `cd /tmp && echo 'run lambda { |env| [200, {}, []] }' >config.ru`;

/** A line in the middle of a Python program. */
const python = (program: string) => `cd /tmp && printf '%s\\n' "${program}" >server.py && python3 server.py`;

export const SERVERS: readonly Server[] = [
  {
    software: "nginx",
    address: 80,
    // The site's second socket, on IPv6, has the same default and would need a line of its own.
    setup: "sed -i '/\\[::\\]:80/d' /etc/nginx/sites-available/default",
    configure: `sed -i "s/listen 80 .*/$LINE/" /etc/nginx/sites-available/default`,
    start: "nginx",
    reload: "nginx -s reload",
  },
  {
    software: "apache",
    address: 80,
    configure: `echo "$LINE" >>/etc/apache2/apache2.conf`,
    start: "apachectl start",
    reload: "apachectl graceful",
  },
  {
    software: "haproxy",
    address: 8080,
    setup: `mkdir -p /run/haproxy
      sed -i '/^global/a maxconn 3000' /etc/haproxy/haproxy.cfg
      printf 'frontend web\\n bind :8080\\n' >>/etc/haproxy/haproxy.cfg`,
    configure: `echo "$LINE" >>/etc/haproxy/haproxy.cfg`,
    start: "haproxy -W -p /run/haproxy.pid -S /run/haproxy-master.sock -f /etc/haproxy/haproxy.cfg",
    reload: "kill -USR2 $(head -n 1 /run/haproxy.pid)",
    derived: 3_000,
  },
  {
    software: "lighttpd",
    address: 80,
    configure: `echo "$LINE" >>/etc/lighttpd/lighttpd.conf`,
    start: "lighttpd -D -f /etc/lighttpd/lighttpd.conf",
    reload: "pkill -USR1 -o lighttpd",
  },
  {
    software: "squid",
    address: 3128,
    configure: `echo "$LINE" >>/etc/squid/squid.conf`,
    start: "squid --foreground -sYC",
    reload: "pkill -HUP -o squid",
    settingNeedsRestart: true,
  },
  { software: "tinyproxy", address: 8888, setup: "mkdir -p /run/tinyproxy", start: "tinyproxy -d" },
  {
    software: "caddy",
    address: 80,
    setup: "export HOME=/root",
    start: "caddy run --config /etc/caddy/Caddyfile --adapter caddyfile",
    reload: "caddy reload --force --config /etc/caddy/Caddyfile --adapter caddyfile",
  },
  {
    software: "redis",
    address: 6379,
    configure: `sed -i '/^tcp-backlog/d' /etc/redis/redis.conf; echo "$LINE" >>/etc/redis/redis.conf`,
    start: "redis-server /etc/redis/redis.conf --daemonize no",
  },
  {
    software: "memcached",
    address: 11211,
    configure: `echo "$LINE" >>/etc/memcached.conf`,
    start: "/usr/share/memcached/scripts/systemd-memcached-wrapper /etc/memcached.conf",
  },
  {
    software: "postgresql",
    address: 5432,
    configure: `echo "$LINE" >>/etc/postgresql/15/main/postgresql.conf`,
    start: "pg_ctlcluster 15 main start",
    reload: "pg_ctlcluster 15 main reload",
  },
  {
    software: "mariadb",
    address: 3306,
    setup: "mkdir -p /run/mysqld && chown mysql /run/mysqld",
    configure: `printf '[mariadbd]\\n%s\\n' "$LINE" >>/etc/mysql/mariadb.conf.d/50-server.cnf`,
    start: "mariadbd --user=mysql",
  },
  {
    software: "pgbouncer",
    address: 6432,
    setup: "mkdir -p /run/postgresql && chown postgres /run/postgresql",
    configure: `sed -i "/^\\[pgbouncer\\]/a $LINE" /etc/pgbouncer/pgbouncer.ini`,
    start: "runuser -u postgres -- pgbouncer /etc/pgbouncer/pgbouncer.ini",
    reload: "pkill -HUP -o pgbouncer",
  },
  { software: "etcd", address: 2379, start: "cd /tmp && etcd" },
  {
    software: "prometheus",
    address: 9090,
    start: "cd /tmp && prometheus --config.file=/etc/prometheus/prometheus.yml",
    reload: "pkill -HUP -o prometheus",
  },
  {
    software: "rabbitmq",
    address: 5672,
    configure: `echo "$LINE" >>/etc/rabbitmq/rabbitmq.conf`,
    start: "rabbitmq-server",
  },
  {
    software: "erlang",
    address: 8000,
    setup: "export HOME=/tmp",
    start: `erl -noshell -eval "Port = 8000, \${LINE:-gen_tcp:listen(Port, []).}" -eval 'timer:sleep(60000).'`,
  },
  { software: "nats", address: 4222, start: "nats-server" },
  {
    software: "mosquitto",
    address: 1883,
    setup: "mkdir -p /run/mosquitto && chown mosquitto /run/mosquitto",
    start: "mosquitto -c /etc/mosquitto/mosquitto.conf",
    reload: "pkill -HUP -o mosquitto",
  },
  { software: "beanstalkd", address: 11300, start: "beanstalkd" },
  {
    software: "docker-registry",
    address: 5000,
    start: "docker-registry serve /etc/docker/registry/config.yml",
  },
  {
    software: "php-fpm",
    address: "/run/php/php8.2-fpm.sock",
    setup: "mkdir -p /run/php",
    configure: `echo "$LINE" >>/etc/php/8.2/fpm/pool.d/www.conf`,
    start: "php-fpm8.2 --nodaemonize",
    reload: "pkill -USR2 -o php-fpm8.2",
  },
  {
    software: "uwsgi",
    address: 3031,
    setup: `mkdir -p /etc/uwsgi && printf '[uwsgi]\\nmaster = true\\nsocket = 127.0.0.1:3031\\n' >/etc/uwsgi/app.ini`,
    configure: `echo "$LINE" >>/etc/uwsgi/app.ini`,
    start: "uwsgi --ini /etc/uwsgi/app.ini",
    reload: "pkill -HUP -o uwsgi",
  },
  {
    software: "gunicorn",
    address: 8000,
    setup: WSGI,
    start: "gunicorn $LINE app:app",
    reload: "pkill -HUP -o gunicorn",
  },
  { software: "uvicorn", address: 8000, setup: WSGI, start: "uvicorn $LINE app:app" },
  { software: "waitress", address: 8080, setup: WSGI, start: "python3 -m waitress $LINE app:app" },
  {
    software: "tornado",
    address: 8888,
    start: python(`import asyncio, tornado.web
async def main():
    app = tornado.web.Application([])
    \${LINE:-app.listen(8888)}
    await asyncio.Event().wait()
asyncio.run(main())`),
  },
  {
    software: "aiohttp",
    address: 8080,
    start: python(`from aiohttp import web
app = web.Application()
\${LINE:-web.run_app(app)}`),
  },
  {
    software: "twisted",
    address: 8080,
    start: "cd /tmp && python3 -m twisted web ${LINE:---listen tcp:8080}",
  },
  {
    software: "asyncio",
    address: 8000,
    start: python(`import asyncio
async def main():
    loop, factory, host, port = asyncio.get_running_loop(), asyncio.Protocol, '127.0.0.1', 8000
    server = \${LINE:-await loop.create_server(factory, host, port)}
    await server.serve_forever()
asyncio.run(main())`),
  },
  {
    software: "python-socket",
    address: 8000,
    start: python(`import socket
sock = socket.socket()
sock.bind(('127.0.0.1', 8000))
\${LINE:-sock.listen()}
sock.accept()`),
  },
  {
    software: "python-socketserver",
    address: 8000,
    start: python(`import http.server
class Server(http.server.HTTPServer):
    \${LINE:-pass}
Server(('127.0.0.1', 8000), http.server.BaseHTTPRequestHandler).serve_forever()`),
  },
  {
    software: "ruby-tcpserver",
    address: 8000,
    start: `ruby -rsocket -e "server = TCPServer.new(8000); \${LINE:-}; server.accept"`,
  },
  {
    software: "node",
    address: 3000,
    start: `node -e "const server = require('net').createServer(); \${LINE:-server.listen(3000)}"`,
  },
  {
    software: "puma",
    address: 9292,
    setup: `${RACK} && mkdir config`,
    configure: `echo "$LINE" >config/puma.rb`,
    start: "puma",
    reload: "pkill -USR2 -o -f puma",
  },
  {
    software: "unicorn",
    address: 8080,
    setup: `${RACK} && mkdir config && : >config/unicorn.rb`,
    configure: `echo "$LINE" >config/unicorn.rb`,
    start: "unicorn -c config/unicorn.rb",
    reload: "pkill -HUP -o unicorn",
  },
  {
    software: "sshd",
    address: 22,
    setup: "mkdir -p /run/sshd",
    start: "/usr/sbin/sshd -D",
    reload: "pkill -HUP -o sshd",
  },
  {
    software: "postfix",
    address: 25,
    configure: `echo "$LINE" >>/etc/postfix/main.cf`,
    start: "postfix start",
    reload: "postfix reload",
  },
  {
    software: "dovecot",
    address: 143,
    configure: `printf 'service imap-login {\\n  %s\\n}\\n' "$LINE" >/etc/dovecot/conf.d/99-backlog.conf`,
    start: "dovecot -F",
    reload: "doveadm reload",
  },
  {
    software: "bind",
    address: 53,
    configure: `sed -i "s/^options {/&\\n$LINE/" /etc/bind/named.conf.options`,
    start: "named -f -u bind",
    reload: "rndc reload",
  },
  {
    software: "unbound",
    address: 53,
    setup: "/usr/libexec/unbound-helper root_trust_anchor_update",
    start: "unbound -d -p",
    reload: "pkill -HUP -o unbound",
  },
  { software: "dnsmasq", address: 53, start: "dnsmasq --keep-in-foreground" },
  { software: "coturn", address: 3478, start: "turnserver -n -L 127.0.0.1 --no-auth" },
  {
    software: "vsftpd",
    address: 21,
    setup: "mkdir -p /run/vsftpd/empty",
    start: "vsftpd /etc/vsftpd.conf",
  },
];
