"""Sends a bounded number of SYNs that nobody completes, row by row, and counts what the listener holds and drops."""
from netlab import *


def send_syns(peer, port, count, row):
    """hping3 with one made-up source per row; its source port goes up by one with every SYN."""
    return subprocess.Popen(
        peer.enter
        + ["hping3", "--quiet", "--syn", "--destport", str(port), "--spoof", f"10.78.{row // 250}.{row % 250 + 1}"]
        + ["--baseport", "2000", "--count", str(count), "--interval", "u100", peer.SERVER],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def measure(peer, number, row, count):
    must("net.core.somaxconn", row["somaxconn"])
    must("net.ipv4.tcp_max_syn_backlog", row["tcpMaxSynBacklog"])
    must("net.ipv4.tcp_syncookies", row["tcpSyncookies"])
    sock = listener(row["declared"], host=peer.SERVER)
    port = port_of(sock)
    clients = fill(sock, (peer.SERVER, port), row["acceptQueue"])
    before = counters()
    sender = send_syns(peer, port, count, number)
    wait_until(f"all SYNs of row {number} arrive", lambda: counters()["InSegs"] - before["InSegs"] >= count)
    found = moved(before)
    held = half_open(port)
    sender.terminate()
    sender.wait()
    for c in clients:
        c.close()
    effective = send_q(sock)
    sock.close()
    return {"effective": effective, "held": held, "counters": found}


question = json.load(sys.stdin)
loopback_up()
with Peer() as peer:
    answer([measure(peer, i, row, question["count"]) for i, row in enumerate(question["rows"])])
