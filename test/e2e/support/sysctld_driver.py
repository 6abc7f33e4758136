"""Judges trees of sysctl.d files by the real systemd-sysctl and the real sysctl.

Runs as a child of `unshare -n -m`: its own network namespace holds the keys that are set, its own mount namespace a root
directory with nothing but the tree, /usr (read-only) and /proc, in which only /proc/sys/net can be written. Both vanish with it.

One JSON request per line on stdin, one JSON answer per line on stdout:
  {"op": "keys"}                                  -> {"keys": [...]}            every writable key below /proc/sys/net
  {"op": "try", "writes": [[path, value], ...]}   -> {"results": [[accepted, value afterwards], ...]}
  {"op": "judge", "nodes": [...], "file": path}   -> {"boot": {...}, "system": {...}, "file": {...}}  values afterwards
argv[1] is the JSON list of the paths below /proc/sys that are watched, and reset before each tool runs.
"""

import ctypes
import json
import os
import shutil
import stat
import subprocess
import sys

MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
SYSTEMD_SYSCTL = "/lib/systemd/systemd-sysctl"
SYSCTL = "/usr/sbin/sysctl"
TOOL_TIMEOUT_SECONDS = 60
# Where the root of the tools is mounted; inside the private namespace only, so that nothing is left behind.
MOUNT_POINT = "/mnt"
TREE_DIRECTORIES = ["/etc", "/run", "/usr/local/lib", "/usr/lib/sysctl.d", "/opt"]

libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind=None, flags=0):
    encode = lambda text: None if text is None else text.encode()
    if libc.mount(encode(source), encode(target), encode(kind), flags, None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), f"mount {source} on {target}")


def bind(source, target, recursive=False):
    mount(source, target, None, MS_BIND | (MS_REC if recursive else 0))


def read_only(target):
    mount(None, target, None, MS_REMOUNT | MS_BIND | MS_RDONLY)


def build_root():
    """A root directory for the tools, on a tmpfs that only this mount namespace sees."""
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    root = MOUNT_POINT
    mount("tmpfs", root, "tmpfs")
    for name in ["usr", "proc", "dev", "etc", "run", "opt", "tmp", "bin", "lib", "lib64"]:
        os.mkdir(f"{root}/{name}")
    bind("/usr", f"{root}/usr")
    for needed in ["usr/local/lib", "usr/lib/sysctl.d"]:
        # Without them the tree would have no place: a machine with systemd and procps has both.
        mount("tmpfs", f"{root}/{needed}", "tmpfs")
    read_only(f"{root}/usr")
    # /lib is a directory of links, so that a tree may have a /lib/sysctl.d of its own.
    for top in ["lib", "lib64"]:
        source = f"/usr/{top}"
        for name in os.listdir(source) if os.path.isdir(source) else []:
            if name != "sysctl.d":
                os.symlink(f"/usr/{top}/{name}", f"{root}/{top}/{name}")
    open(f"{root}/dev/null", "w").close()
    bind("/dev/null", f"{root}/dev/null")
    bind("/proc", f"{root}/proc")
    bind("/proc/sys", f"{root}/proc/sys")
    read_only(f"{root}/proc/sys")
    bind("/proc/sys/net", f"{root}/proc/sys/net")
    return root


def key_path(path):
    assert path.startswith("net/") and ".." not in path.split("/"), path
    return f"/proc/sys/{path}"


def read_key(path):
    with open(key_path(path), encoding="utf-8", errors="replace") as file:
        return file.read().rstrip("\n")


def write_key(path, value):
    descriptor = os.open(key_path(path), os.O_WRONLY)
    try:
        os.write(descriptor, value.encode() + b"\n")
    finally:
        os.close(descriptor)


def writable_keys():
    keys = []
    for directory, _, names in os.walk("/proc/sys/net"):
        for name in names:
            path = f"{directory}/{name}"
            if os.stat(path).st_mode & stat.S_IWUSR:
                keys.append(path.removeprefix("/proc/sys/"))
    return sorted(keys)


def remove(path):
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
    else:
        shutil.rmtree(path)


def write_tree(nodes):
    for directory in TREE_DIRECTORIES:
        for name in os.listdir(directory):
            remove(f"{directory}/{name}")
    if os.path.lexists("/lib/sysctl.d"):
        remove("/lib/sysctl.d")
    for node in nodes:
        path = node["path"]
        assert path == "/lib/sysctl.d" or any(path.startswith(f"{top}/") for top in [*TREE_DIRECTORIES, "/lib/sysctl.d"]), path
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if node["kind"] == "symlink":
            os.symlink(node["target"], path)
        elif node["kind"] == "directory":
            os.mkdir(path)
        else:
            with open(path, "wb") as file:
                file.write(node["text"].encode())


def run_tool(command):
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin"},
        timeout=TOOL_TIMEOUT_SECONDS,
        close_fds=False,  # nothing to close, and Python may use the faster vfork
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stdout[:2000]!r}")


def judge(request, initial):
    write_tree(request["nodes"])

    def after(command):
        for path, value in initial.items():
            if read_key(path) != value:
                write_key(path, value)
        run_tool(command)
        return {path: read_key(path) for path in initial}

    return {
        "boot": after([SYSTEMD_SYSCTL]),
        "system": after([SYSCTL, "--system"]),
        "file": after([SYSCTL, "-p", request["file"]]),
    }


def try_writes(writes, initial):
    results = []
    for path, value in writes:
        write_key(path, initial[path])
        try:
            write_key(path, value)
            accepted = True
        except OSError:
            accepted = False
        results.append([accepted, read_key(path)])
        write_key(path, initial[path])
    return results


def main():
    for tool in [SYSTEMD_SYSCTL, SYSCTL]:
        if not os.access(tool, os.X_OK):
            raise SystemExit(f"{tool} is missing: this test compares with the real tool (Debian packages systemd and procps)")
    if os.readlink("/proc/self/ns/net") == os.environ["OUTER_NET"] or os.readlink("/proc/self/ns/mnt") == os.environ["OUTER_MNT"]:
        raise SystemExit("refused: not in a network and mount namespace of its own")
    subprocess.run(["ip", "link", "add", "name", "lo.7", "type", "veth", "peer", "name", "w-1"], check=True)
    root = build_root()
    # Loaded now, because nothing of Python's own library is visible later.
    "".encode("utf-8")
    os.chroot(root)
    os.chdir("/")
    initial = {path: read_key(path) for path in json.loads(sys.argv[1])}
    for path, value in initial.items():
        # The kernel copies a write to conf/default to every device whose own value was never written; from now on, to none.
        write_key(path, value)
    for line in sys.stdin:
        request = json.loads(line)
        if request["op"] == "keys":
            answer = {"keys": writable_keys()}
        elif request["op"] == "try":
            answer = {"results": try_writes(request["writes"], initial)}
        else:
            answer = judge(request, initial)
        print(json.dumps(answer), flush=True)


main()
