"""Listeners other than a plain IPv4 TCP socket, and what becomes of queued connections."""
from netlab import *

TCP_FASTOPEN, SO_REUSEPORT, SO_ATTACH_REUSEPORT_CBPF, IPPROTO_MPTCP = 23, 15, 51, 262


def ipv6(somaxconn):
    must("net.core.somaxconn", somaxconn)
    sock = listener(1000, socket.AF_INET6, "::1")
    effective = send_q(sock)
    listen(sock, 4)
    address = sock.getsockname()
    before = counters()
    clients = connect_many(address, 8, socket.AF_INET6)
    wait_until("SYNs are decided", lambda: recv_q(sock) + first_overflows(before) >= 8)
    result = {"effective": effective, "queued": recv_q(sock), "dropped": first_overflows(before)}
    for c in clients:
        c.close()
    sock.close()
    return result


def sleeps_in_connect(pid):
    number = {"x86_64": "42", "aarch64": "203"}[os.uname().machine]
    with open(f"/proc/{pid}/syscall") as f:
        return f.read().split()[0] == number


def unix(kind, somaxconn):
    must("net.core.somaxconn", somaxconn)
    sock = socket.socket(socket.AF_UNIX, kind)
    # Abstract: seen only in this network namespace, and leaves no file.
    sock.bind("\0listener")
    listen(sock, 1000)
    out = subprocess.run(["ss", "-Hlx", "src", "*listener"], check=True, capture_output=True, text=True).stdout
    send = [int(line.split()[3]) for line in out.splitlines() if "@listener" in line]
    before = counters()
    clients, refused = [], None
    for _ in range(somaxconn + 10):
        c = socket.socket(socket.AF_UNIX, kind)
        c.setblocking(False)
        code = c.connect_ex("\0listener")
        if code != 0:
            refused = errno.errorcode[code]
            c.close()
            break
        clients.append(c)
    result = {"effective": send, "connected": len(clients), "refused": refused, "counters": moved(before)}
    # A client that blocks sleeps until there is room: it connects only after the accept below.
    child = os.fork()
    if child == 0:
        blocking = socket.socket(socket.AF_UNIX, kind)
        blocking.connect("\0listener")
        os._exit(0)
    wait_until("the blocking client sleeps in connect()", lambda: sleeps_in_connect(child))
    still_waiting = os.waitpid(child, os.WNOHANG) == (0, 0)
    sock.accept()
    _, status = os.waitpid(child, 0)
    result["blockingClient"] = {"sleptWhileFull": still_waiting, "exit": os.waitstatus_to_exitcode(status)}
    for c in clients:
        c.close()
    sock.close()
    return result


def first_overflows(before):
    """Dropped SYNs, each client counted once: a repeated SYN that is dropped again does not count."""
    found = moved(before)
    return found.get("ListenOverflows", 0) - found.get("TCPSynRetrans", 0)


def steer_to_first(sock):
    """A one-instruction filter on the group of sockets: every connection goes to number 0."""
    program = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    sock.setsockopt(
        socket.SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, struct.pack("HL", 1, ctypes.addressof(program))
    )


def reuseport(listeners, declared, steered):
    must("net.core.somaxconn", 4096)
    reuse = [(socket.SOL_SOCKET, SO_REUSEPORT, 1)]
    first = listener(declared, options=reuse)
    port = port_of(first)
    socks = [first] + [listener(declared, port=port, options=reuse) for _ in range(listeners - 1)]
    if steered:
        steer_to_first(first)
    clients = []
    before = counters()
    offered = 0
    full = any if steered else all
    # Without steering a hash decides which queue a connection enters: offer until every queue is full.
    while first_overflows(before) < 1 or not full(length > effective for length, effective in queues(port)):
        offered += 1
        clients.append(connect(first.getsockname()))
        wait_until(
            "the SYN is decided", lambda: sum(q for q, _ in queues(port)) + first_overflows(before) >= offered
        )
    result = {
        "queued": sorted(length for length, _ in queues(port)),
        "established": in_state(clients, ESTABLISHED),
        "dropped": first_overflows(before),
        "offered": offered,
    }
    for s in clients + socks:
        s.close()
    return result


def mptcp(somaxconn):
    must("net.core.somaxconn", somaxconn)
    try:
        sock = listener(1000, protocol=IPPROTO_MPTCP)
    except OSError as e:
        return {"refused": errno.errorcode[e.errno]}
    effective = send_q(sock)
    sock.close()
    return {"effective": effective}


def fast_open():
    def qlen(sock):
        return sock.getsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN)

    must("net.core.somaxconn", 40)
    capped = listener(10, options=[(socket.IPPROTO_TCP, TCP_FASTOPEN, 500)])
    below = listener(10, options=[(socket.IPPROTO_TCP, TCP_FASTOPEN, 7)])
    must("net.ipv4.tcp_fastopen", 0x403)
    implicit = listener(33)
    result = {"asked500": qlen(capped), "asked7": qlen(below), "implicit": qlen(implicit)}
    for s in (capped, below, implicit):
        s.close()
    must("net.ipv4.tcp_fastopen", 1)
    return result


def closed_over_queued(count):
    must("net.core.somaxconn", 4096)
    sock = listener(20)
    clients = fill(sock, sock.getsockname(), count)
    before = counters()
    sock.close()
    wait_until("the queued connections are reset", lambda: in_state(clients, CLOSE) == count)
    errors = sorted({errno.errorcode[c.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)] for c in clients})
    return {"counters": moved(before, ["OutRsts", "ListenDrops", "ListenOverflows"]), "errors": errors}


def dead_clients(count, reset):
    """Clients that leave while they wait: by FIN, or by a reset."""
    sock = listener(50)
    clients = fill(sock, sock.getsockname(), count)
    info = tcp_info(sock)
    for c in clients:
        if reset:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.close()
    result = {"queued": recv_q(sock), "tcpInfoQueued": info["unacked"], "accepted": len(accept_all(sock))}
    sock.close()
    return result


loopback_up()
answer(
    {
        "ipv6": ipv6(77),
        "unixStream": unix(socket.SOCK_STREAM, 5),
        "unixSeqpacket": unix(socket.SOCK_SEQPACKET, 5),
        "reuseport": reuseport(4, 3, steered=False),
        "reuseportUneven": reuseport(4, 3, steered=True),
        "mptcp": mptcp(33),
        "fastOpen": fast_open(),
        "closed": closed_over_queued(5),
        "leftByFin": dead_clients(20, reset=False),
        "leftByReset": dead_clients(20, reset=True),
    }
)
