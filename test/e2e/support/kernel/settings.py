"""Which values the kernel takes for each setting, and which of them a new network namespace inherits."""
from netlab import *


def attempt(key, value):
    """Writes, and says what the kernel answered and what it holds afterwards. Puts the old value back."""
    old = read(key)
    outcome = write(key, value)
    held = read(key)
    must(key, old)
    return {"key": key, "value": value, "outcome": outcome, "held": str(held), "before": str(old)}


def fresh_namespace(key):
    return int(subprocess.run(["unshare", "--net", "--", "cat", path(key)], check=True, capture_output=True).stdout)


question = json.load(sys.stdin)
# A host-wide key must never be written from here: only keys of a network namespace are asked for.
keys = question["namespaced"]
present = {key: os.path.exists(path(key)) for key in question["all"]}
fresh = {key: read(key) for key in keys}
attempts = [attempt(a["key"], a["value"]) for a in question["attempts"] if a["key"] in keys]
must("net.core.somaxconn", 123)
inherited = {"parent": read("net.core.somaxconn"), "child": fresh_namespace("net.core.somaxconn")}
answer({"kernel": os.uname().release, "present": present, "fresh": fresh, "attempts": attempts, "inherited": inherited})
