"""What the drivers in this folder share: settings, listeners, clients and counters of the network namespace they run in."""
import ctypes
import errno
import json
import os
import socket
import struct
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)

ESTABLISHED, SYN_SENT, CLOSE = 1, 2, 7
PATIENCE = 30.0  # a wait that ends in an error, never a measure of anything


def path(key):
    return "/proc/sys/" + key.replace(".", "/")


def read(key):
    with open(path(key)) as f:
        return int(f.read())


def write(key, value):
    """Writes a setting; returns "ok" or the name of the kernel's error."""
    fd = os.open(path(key), os.O_WRONLY)
    try:
        os.write(fd, str(value).encode())
        return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]
    finally:
        os.close(fd)


def must(key, value):
    answer = write(key, value)
    if answer != "ok":
        raise RuntimeError(f"{key}={value}: {answer}")


def loopback_up():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def listen(sock, backlog):
    """listen(2) of the C library: Python's own listen() changes negative numbers before the kernel sees them."""
    if libc.listen(sock.fileno(), ctypes.c_int(backlog)) != 0:
        raise OSError(ctypes.get_errno(), "listen")


def listener(backlog, family=socket.AF_INET, host="127.0.0.1", port=0, protocol=0, options=()):
    sock = socket.socket(family, socket.SOCK_STREAM, protocol)
    for level, name, value in options:
        sock.setsockopt(level, name, value)
    sock.bind((host, port))
    listen(sock, backlog)
    return sock


def port_of(sock):
    return sock.getsockname()[1]


def queues(port):
    """[(Recv-Q, Send-Q)] of every TCP listener on a port, as `ss -ltn` prints them."""
    out = subprocess.run(
        ["ss", "-Hltn", "sport", "=", f":{port}"], check=True, capture_output=True, text=True
    ).stdout
    return [(int(line.split()[1]), int(line.split()[2])) for line in out.splitlines()]


def send_q(sock):
    (_, effective), = queues(port_of(sock))
    return effective


def recv_q(sock):
    (length, _), = queues(port_of(sock))
    return length


def half_open(port):
    """How many connections of a port are in SYN_RECV."""
    out = subprocess.run(
        ["ss", "-Htn", "state", "syn-recv", "sport", "=", f":{port}"], check=True, capture_output=True, text=True
    ).stdout
    return len(out.splitlines())


def counters():
    found = {}
    for name in ("/proc/net/netstat", "/proc/net/snmp"):
        with open(name) as f:
            lines = f.read().splitlines()
        for names, values in zip(lines[::2], lines[1::2]):
            protocol = names.split(":")[0]
            if protocol in ("TcpExt", "Tcp"):
                found.update(zip(names.split()[1:], map(int, values.split()[1:])))
    return found


# The ones that rules speak of, and those that explain a surprise.
WATCHED = (
    "ListenOverflows ListenDrops TCPReqQFullDoCookies TCPReqQFullDrop SyncookiesSent SyncookiesRecv SyncookiesFailed "
    "TCPFastOpenListenOverflow EmbryonicRsts OutRsts TCPSynRetrans"
).split()


def moved(before, names=WATCHED):
    """Counters that have moved since, with how far."""
    now = counters()
    return {name: now[name] - before[name] for name in names if now[name] != before[name]}


def connect(address, family=socket.AF_INET):
    """A client whose connect() has been started and does not wait."""
    sock = socket.socket(family)
    sock.setblocking(False)
    code = sock.connect_ex(address)
    if code not in (0, errno.EINPROGRESS):
        raise OSError(code, "connect")
    return sock


def connect_many(address, count, family=socket.AF_INET):
    return [connect(address, family) for _ in range(count)]


def tcp_info(sock):
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return {
        "state": raw[0],
        "unacked": struct.unpack_from("I", raw, 24)[0],
        "sacked": struct.unpack_from("I", raw, 28)[0],
        "retransmissions": struct.unpack_from("I", raw, 100)[0],
    }


def state(sock):
    return tcp_info(sock)["state"]


def in_state(clients, wanted):
    return sum(1 for c in clients if state(c) == wanted)


def wait_until(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"gave up waiting: {what}; counters {moved({n: 0 for n in WATCHED})}")
        time.sleep(0.005)


def fill(sock, address, count):
    """Connects clients until all of them wait in the accept queue."""
    before = recv_q(sock)
    clients = connect_many(address, count)
    wait_until("the accept queue fills", lambda: recv_q(sock) == before + count)
    return clients


def accept_all(sock):
    sock.setblocking(False)
    taken = []
    while True:
        try:
            taken.append(sock.accept()[0])
        except BlockingIOError:
            return taken


class Peer:
    """A second network namespace, joined by a veth pair. It lives as long as this process: nothing to remove by name."""

    SERVER, CLIENT, SPOOFED = "10.77.0.1", "10.77.0.2", "10.78.0.0/16"

    def __init__(self):
        self.process = subprocess.Popen(
            ["unshare", "--net", "--", sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.process.stdout.readline()
        pid = str(self.process.pid)
        self.enter = ["nsenter", "--target", pid, "--net", "--"]
        for command in (
            ["ip", "link", "add", "server", "type", "veth", "peer", "name", "client", "netns", pid],
            ["ip", "addr", "add", self.SERVER + "/24", "dev", "server"],
            ["ip", "link", "set", "server", "up"],
            self.enter + ["ip", "addr", "add", self.CLIENT + "/24", "dev", "client"],
            self.enter + ["ip", "link", "set", "client", "up"],
            # Answers to made-up sources go to the peer, which neither owns nor forwards them.
            ["ip", "route", "add", self.SPOOFED, "via", self.CLIENT],
        ):
            subprocess.run(command, check=True)
        for name in ("all", "server"):
            must(f"net.ipv4.conf.{name}.rp_filter", 0)

    def close(self):
        self.process.stdin.close()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def answer(value):
    json.dump(value, sys.stdout)
    print()
