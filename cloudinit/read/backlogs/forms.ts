import { NUMBER } from "./number";

/** A directive in which the backlog stands among other words. */
export interface Form {
  readonly software: string;
  /** Global: a line may hold it twice. Groups: `backlog`, and `address` or `port` where it is told. */
  readonly pattern: RegExp;
}

const backlog = NUMBER.replace("(", "(?<backlog>");

/** What the catalogue's lines only show an example of. */
export const FORMS: readonly Form[] = [
  {
    software: "nginx",
    pattern: new RegExp(
      `(?:^|[{;])[ \\t]*listen[ \\t]+(?<address>[^\\s;#]{1,200})(?:[ \\t]+[^\\s;#]{1,60}){0,12}?[ \\t]+backlog=${backlog}(?![\\w.])`,
      "g",
    ),
  },
  {
    software: "haproxy",
    pattern: new RegExp(
      `^[ \\t]*bind[ \\t]+(?<address>[^\\s#]{1,200})(?:[ \\t]+[^\\s#]{1,60}){0,12}?[ \\t]+backlog[ \\t]+${backlog}(?!\\w)`,
      "g",
    ),
  },
  { software: "tomcat", pattern: new RegExp(`\\sacceptCount=["']${backlog}["']`, "g") },
  {
    software: "puma",
    pattern: new RegExp(
      `^[ \\t]*bind[ \\t(]+["']tcp://(?<address>[^"'?\\s]{1,200})\\?(?:[^"'\\s]{1,100}&)?backlog=${backlog}`,
      "g",
    ),
  },
  {
    software: "unicorn",
    pattern: new RegExp(
      `^[ \\t]*listen[ \\t(]+["']?(?<address>[^"',\\s]{1,200})["']?,[^#\\n]{0,100}?:?backlog(?::|[ \\t]*=>)[ \\t]*${backlog}`,
      "g",
    ),
  },
  { software: "mongodb", pattern: new RegExp(`\\blistenBacklog["']?[ \\t]*:[ \\t]*${backlog}`, "g") },
  { software: "gunicorn", pattern: new RegExp(`^backlog[ \\t]*=[ \\t]*${backlog}[ \\t]*(?:$|#)`, "g") },
  { software: "hypercorn", pattern: new RegExp(`^backlog[ \\t]*=[ \\t]*${backlog}[ \\t]*(?:$|#)`, "g") },
];

/** The line of a configuration file that names the port of the program, where one line does so. */
export const PORTS: Readonly<Record<string, RegExp>> = {
  redis: /^[ \t]*port[ \t]+(\d{1,5})[ \t]*$/,
  valkey: /^[ \t]*port[ \t]+(\d{1,5})[ \t]*$/,
  mysql: /^[ \t]*port[ \t]*=[ \t]*(\d{1,5})[ \t]*$/,
  mariadb: /^[ \t]*port[ \t]*=[ \t]*(\d{1,5})[ \t]*$/,
  postgresql: /^[ \t]*port[ \t]*=[ \t]*(\d{1,5})\b/,
  pgbouncer: /^[ \t]*listen_port[ \t]*=[ \t]*(\d{1,5})[ \t]*$/,
  "php-fpm": /^[ \t]*listen[ \t]*=[ \t]*(?:[^\s/]{1,100}:)?(\d{1,5})[ \t]*$/,
  lighttpd: /^[ \t]*server\.port[ \t]*=[ \t]*(\d{1,5})[ \t]*$/,
  tomcat: /\sport=["'](\d{1,5})["']/,
  "systemd-socket": /^ListenStream=(?:[^\s/]{1,100}:)?(\d{1,5})[ \t]*$/,
  zookeeper: /^clientPort=(\d{1,5})[ \t]*$/,
};
