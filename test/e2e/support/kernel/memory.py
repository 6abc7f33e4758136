"""What a queued connection costs the kernel: sizes from /proc/slabinfo, and that queueing makes that many objects."""
import resource

from netlab import *


def slabs():
    found = {}
    with open("/proc/slabinfo") as f:
        for line in f.readlines()[2:]:
            fields = line.split()
            found[fields[0]] = {"active": int(fields[1]), "size": int(fields[3])}
    return found


question = json.load(sys.stdin)
count = question["count"]
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
loopback_up()
must("net.core.somaxconn", 65535)
sock = listener(count)
before = slabs()
files_before = len(os.listdir("/proc/self/fd"))
clients = fill(sock, sock.getsockname(), count)
after = slabs()
files_queued = len(os.listdir("/proc/self/fd")) - files_before - count
names = ("TCP", "request_sock_TCP")
answer(
    {
        "size": {name: after[name]["size"] for name in names},
        "grown": {name: after[name]["active"] - before[name]["active"] for name in names},
        "filesOfTheServer": files_queued,
    }
)
