"""What listen() makes of a declared backlog, and what a change of somaxconn does to a listener that is open."""
from netlab import *


def declared_under(somaxconn, declared):
    must("net.core.somaxconn", somaxconn)
    sock = listener(declared)
    effective = send_q(sock)
    from_tcp_info = tcp_info(sock)["sacked"]
    sock.close()
    return {"somaxconn": somaxconn, "declared": declared, "effective": effective, "tcpInfo": from_tcp_info}


def capacity(declared):
    """Offers more connections than fit and counts those that the kernel finished."""
    sock = listener(declared)
    address = sock.getsockname()
    before = counters()
    offered = declared + 6
    clients = connect_many(address, offered)
    # Every SYN is decided once: let in, or dropped.
    wait_until(
        "all SYNs are decided",
        lambda: recv_q(sock) + moved(before).get("ListenOverflows", 0) >= offered,
    )
    dropped = moved(before, ["ListenOverflows", "ListenDrops", "TCPSynRetrans"])
    result = {
        "declared": declared,
        "queued": recv_q(sock),
        "established": in_state(clients, ESTABLISHED),
        "waiting": in_state(clients, SYN_SENT),
        "counters": dropped,
        "accepted": len(accept_all(sock)),
    }
    for c in clients:
        c.close()
    sock.close()
    return result


def change_under_a_listener():
    steps = []
    must("net.core.somaxconn", 100)
    sock = listener(1000)
    address = sock.getsockname()
    clients = fill(sock, address, 8)

    def step(what):
        steps.append({"step": what, "effective": send_q(sock), "queued": recv_q(sock)})

    step("opened")
    must("net.core.somaxconn", 500)
    step("somaxconn raised")
    listen(sock, 1000)
    step("re-listened")
    must("net.core.somaxconn", 50)
    step("somaxconn lowered")
    listen(sock, 3)
    step("re-listened below the queue")
    before = counters()
    late = connect(address)
    wait_until("the SYN is dropped", lambda: "ListenOverflows" in moved(before))
    dropped = moved(before, ["ListenOverflows", "ListenDrops"])
    child = os.fork()
    if child == 0:
        listen(sock, 20)
        os._exit(0)
    os.waitpid(child, 0)
    step("re-listened by another process")
    accepted = len(accept_all(sock))
    for c in clients + [late]:
        c.close()
    sock.close()
    return {"steps": steps, "dropped": dropped, "accepted": accepted}


question = json.load(sys.stdin)
loopback_up()
found = {"declared": [declared_under(r["somaxconn"], r["declared"]) for r in question["declared"]]}
must("net.core.somaxconn", 4096)
found["capacity"] = [capacity(n) for n in question["capacity"]]
found["change"] = change_under_a_listener()
answer(found)
