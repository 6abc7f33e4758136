/**
 * A server for faults: listens as often as it is told, and accepts nothing. Where systemd passes a socket, it takes that one and calls
 * listen() no more. Arguments: PORT BACKLOG... one socket for each backlog, all with SO_REUSEPORT where there are several.
 */
export const LISTENER = `
import os, signal, socket, sys
if os.environ.get("LISTEN_FDS"):
    sockets = [socket.socket(fileno=3)]
else:
    port, *backlogs = [int(word) for word in sys.argv[1:]]
    sockets = []
    for backlog in backlogs:
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.bind(("0.0.0.0", port))
        s.listen(backlog)
        sockets.append(s)
notify = os.environ.get("NOTIFY_SOCKET")
if notify:
    # A path that begins with @ is abstract.
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(b"READY=1", notify.replace("@", "\\0", 1) if notify.startswith("@") else notify)
signal.pause()
`;

/** Where {@link LISTENER} lies on a host. */
export const LISTENER_FILE = "/opt/listener.py";

/** A unit that runs {@link LISTENER}, and counts as started once it listens. */
export function listenerUnit(args: string, more: readonly string[] = []): string {
  return [
    "[Service]",
    "Type=notify",
    "NotifyAccess=all",
    ...more,
    `ExecStart=/usr/bin/python3 ${LISTENER_FILE} ${args}`,
    "",
  ].join("\n");
}

/** The site of an nginx whose one listener has the words given, such as `80 backlog=4096`. */
export function nginxListening(words: string): string {
  return `server { listen ${words}; location / { return 200 "ok\\n"; } }\n`;
}

export const NGINX_SITE = "/etc/nginx/sites-available/default";
