"""One way to overflow a listener per scenario: what the counters do, and what the client sees."""
from netlab import *

TCP_FASTOPEN = 23
OVERFLOW = ["ListenOverflows", "ListenDrops", "TCPSynRetrans"]


def late_connect():
    """A client whose first SYN is dropped, and for whom room is made afterwards."""
    sock = listener(2)
    prompt = fill(sock, sock.getsockname(), 3)
    before = counters()
    late = connect(sock.getsockname())
    wait_until("the SYN is dropped", lambda: "ListenOverflows" in moved(before))
    # Room is made while the client waits; nothing tells it so.
    at_drop = {"state": state(late), "counters": moved(before, OVERFLOW)}
    taken = len(accept_all(sock))
    wait_until("the late client connects", lambda: state(late) == ESTABLISHED)
    return {
        "atDrop": at_drop,
        "takenBefore": taken,
        "lateIsQueued": recv_q(sock),
        "late": tcp_info(late),
        "prompt": [tcp_info(c) for c in prompt],
        "counters": moved(before, ["TCPSynRetrans"]),
        "error": late.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR),
    }


def silent_drop(abort):
    """Whether tcp_abort_on_overflow makes a dropped SYN audible."""
    must("net.ipv4.tcp_abort_on_overflow", abort)
    sock = listener(0)
    fill(sock, sock.getsockname(), 1)
    before = counters()
    late = connect(sock.getsockname())
    wait_until("the client repeats its SYN in vain", lambda: moved(before).get("ListenOverflows", 0) >= 2)
    found = moved(before)
    return {"state": state(late), "resets": found.get("OutRsts", 0), "overflows": found["ListenOverflows"]}


def ack_on_full_queue(abort=0, expires=False):
    """A handshake whose final ACK is the first thing that meets the full queue.

    The server knows a wrong link address of the client at first, so its SYN-ACK is lost. Meanwhile others fill the queue.
    Once the address is right, the repeated SYN-ACK reaches the client, which believes that it is connected.
    """
    must("net.ipv4.tcp_abort_on_overflow", abort)
    must("net.ipv4.tcp_synack_retries", 2 if expires else 5)
    with Peer() as peer:
        neighbour = ["ip", "neigh", "replace", peer.CLIENT, "dev", "server", "nud", "permanent", "lladdr"]
        right = link_address(peer)
        subprocess.run(neighbour + ["02:00:00:00:00:99"], check=True)
        sock = listener(4, host=peer.SERVER)
        address = (peer.SERVER, port_of(sock))
        client = subprocess.Popen(
            peer.enter + [sys.executable, "-B", "-c", CLIENT, *map(str, address)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        wait_until("the SYN is in the SYN queue", lambda: half_open(address[1]) == 1)
        fill(sock, address, 5)
        before = counters()
        subprocess.run(neighbour + [right], check=True)
        wait_until("the ACK meets the full queue", lambda: "ListenOverflows" in moved(before))
        found = moved(before)
        still = half_open(address[1])
        if abort:
            client_said, _ = client.communicate("report\n")
            return {"counters": found, "client": json.loads(client_said), "halfOpen": still}
        if expires:
            wait_until("the server forgets the handshake", lambda: half_open(address[1]) == 0)
            client_said, _ = client.communicate("send\n")
            return {
                "counters": found,
                "client": json.loads(client_said),
                "halfOpen": still,
                "queuedAfterwards": recv_q(sock),
            }
        # Once there is room, the SYN-ACK that the server repeats lets the connection in.
        taken = len(accept_all(sock))
        wait_until("the connection enters the queue", lambda: recv_q(sock) == 1)
        client_said, _ = client.communicate("report\n")
        return {
            "counters": found,
            "client": json.loads(client_said),
            "halfOpen": still,
            "takenBefore": taken,
            "queuedAfterwards": recv_q(sock),
        }


# Runs in the other namespace: connects, waits until asked, sends if asked to, and reports what it believes.
CLIENT = """
import errno, json, select, socket, sys
s = socket.socket()
s.setblocking(False)
s.connect_ex((sys.argv[1], int(sys.argv[2])))
select.select([], [s], [], 30)
code = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
believed = "connected" if code == 0 else errno.errorcode[code]
if sys.stdin.readline() == "send\\n":
    s.send(b"hello")
    select.select([s], [], [], 30)
code = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
print(json.dumps({"believed": believed, "later": errno.errorcode[code] if code else "no error"}))
"""


def link_address(peer):
    shown = subprocess.run(
        peer.enter + ["ip", "-json", "link", "show", "dev", "client"], check=True, capture_output=True, text=True
    ).stdout
    return json.loads(shown)[0]["address"]


def give_up(retries, linear):
    """How often a client repeats its SYN before connect() fails."""
    must("net.ipv4.tcp_syn_retries", retries)
    must("net.ipv4.tcp_syn_linear_timeouts", linear)
    sock = listener(0)
    fill(sock, sock.getsockname(), 1)
    before = counters()
    client = socket.socket()
    try:
        client.connect(sock.getsockname())
        outcome = "connected"
    except OSError as e:
        outcome = errno.errorcode[e.errno]
    found = moved(before)
    return {"outcome": outcome, "retransmissions": found["TCPSynRetrans"], "overflows": found["ListenOverflows"]}


def bad_cookie(count):
    must("net.ipv4.tcp_syncookies", 2)
    with Peer() as peer:
        sock = listener(16, host=peer.SERVER)

        def send(flag, packets):
            before = counters()
            sender = subprocess.Popen(
                peer.enter
                + ["hping3", "--quiet", flag, "--destport", str(port_of(sock)), "--spoof", "10.78.0.9"]
                + ["--baseport", "3000", "--setack", "12345", "--count", str(packets), "--interval", "u100", peer.SERVER],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            wait_until("the segments arrive", lambda: counters()["InSegs"] - before["InSegs"] >= packets)
            found = moved(before)
            sender.terminate()
            sender.wait()
            return found

        # An ACK is only taken for a cookie while cookies have been sent lately.
        first = send("--syn", 1)
        return {"syn": first, "acks": send("--ack", count)}


def fast_open_overflow(bound, count):
    """Fast Open requests beyond their bound: none is finished, because the SYN-ACKs are lost on the way."""
    must("net.ipv4.tcp_fastopen", 0x207)
    with Peer() as peer:
        subprocess.run(
            ["ip", "neigh", "replace", peer.CLIENT, "dev", "server", "nud", "permanent", "lladdr", "02:00:00:00:00:99"],
            check=True,
        )
        subprocess.run(peer.enter + ["sysctl", "-qw", "net.ipv4.tcp_fastopen=0x207"], check=True)
        sock = listener(50, host=peer.SERVER, options=[(socket.IPPROTO_TCP, TCP_FASTOPEN, bound)])
        before = counters()
        client = subprocess.Popen(
            peer.enter + [sys.executable, "-B", "-c", FAST_CLIENT, peer.SERVER, str(port_of(sock)), str(count)],
            stdin=subprocess.PIPE,
        )
        # A request beyond the bound goes on as an ordinary handshake, so all of them end up half-open.
        wait_until("all are decided", lambda: half_open(port_of(sock)) == count)
        found = moved(before)
        result = {"counters": found, "queued": recv_q(sock), "halfOpen": half_open(port_of(sock))}
        client.communicate()
        return result


FAST_CLIENT = """
import socket, sys
clients = []
for _ in range(int(sys.argv[3])):
    s = socket.socket()
    s.setblocking(False)
    try:
        s.sendto(b"hello", 0x20000000, (sys.argv[1], int(sys.argv[2])))
    except BlockingIOError:
        pass
    clients.append(s)
sys.stdin.read()
"""

question = json.load(sys.stdin)
loopback_up()
scenario = {
    "late-connect": late_connect,
    "silent-drop": silent_drop,
    "ack-on-full-queue": ack_on_full_queue,
    "give-up": give_up,
    "bad-cookie": bad_cookie,
    "fast-open-overflow": fast_open_overflow,
}[question["scenario"]]
answer(scenario(**question.get("with", {})))
