"""Runs the probe on hosts that never were: a network namespace and a root directory of its own for each scenario.

PID 1 of `unshare --net --mount --pid --fork --mount-proc`, so that nothing of the machine is in sight. The root directory holds the scenario's files, /usr (read-only), /dev and /proc; it all vanishes
with the process. One JSON request per line on stdin, one JSON answer per line on stdout:
  {"steps": [STEP...], "script": TEXT, "runs": [{"argv": [...], "path": PATH}...], "uid": N}
  -> {"runs": [{"status", "stdout", "stderr"}...], "written": [path...]}
STEP is [name, argument...]; see STEPS.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

ROOT = "/mnt"
# What a scenario may hold; everything else of the root directory is fixed.
TREES = ["/etc", "/run", "/usr/local/lib", "/usr/lib/sysctl.d", "/tmp"]
SYSCTLS = ["net/core/somaxconn", "net/ipv4/ip_local_port_range", "net/ipv4/tcp_syncookies"]
RUN_TIMEOUT_SECONDS = 60
# Files of a scenario are older than the processes of it, unless it says otherwise.
FILE_AGE_SECONDS = 3600
AWKS = ["mawk", "gawk", "original-awk"]
CHILD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "child.py")

undo = []
# Processes of the scenario: one may start while the probe runs.
children = set()
# What the probe finds in its environment besides its PATH.
environment = {}


def command(*argv):
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


def inside(path):
    return ROOT + path


def command_path(name):
    return os.path.realpath(shutil.which(name))


def prepare():
    command("ip", "link", "set", "lo", "up")
    command("mount", "-t", "tmpfs", "tmpfs", ROOT)
    for directory in ["/usr", "/dev", "/proc", "/etc", "/run", "/tmp", "/commands", "/busybox", "/toybox", "/awk"]:
        os.mkdir(inside(directory))
    command("mount", "--bind", "/usr", inside("/usr"))
    command("mount", "-o", "remount,ro,bind", inside("/usr"))
    command("mount", "--bind", "/dev", inside("/dev"))
    command("mount", "--rbind", "/proc", inside("/proc"))
    for directory in ["/usr/local/lib", "/usr/lib/sysctl.d"]:
        command("mount", "-t", "tmpfs", "tmpfs", inside(directory))
    for name in ["bin", "sbin", "lib", "lib64"]:
        os.symlink("usr/" + name, inside("/" + name))
    # /usr/bin/awk goes through /etc/alternatives, which is not there.
    os.symlink(command_path("awk"), inside("/commands/awk"))
    # The commands of a small distribution.
    for name in ["awk", "sleep", "sysctl", "cat", "stat", "grep", "nsenter"]:
        os.symlink("/usr/bin/busybox", inside("/busybox/" + name))
    # Without its nsenter, which in 0.8.9 looks for process 0.
    for name in ["sleep", "sysctl", "cat", "stat", "grep", "printf"]:
        os.symlink("/usr/bin/toybox", inside("/toybox/" + name))
    for name in AWKS:
        os.mkdir(inside("/awk/" + name))
        os.symlink("/usr/bin/" + name, inside("/awk/" + name + "/awk"))


def write_sysctl(key, value):
    with open("/proc/sys/" + key.replace(".", "/"), "w") as file:
        file.write(value)


def read_sysctl(key):
    with open("/proc/sys/" + key) as file:
        return file.read()


def listen(options):
    family = socket.AF_INET6 if ":" in options.get("address", "") else socket.AF_INET
    if "path" in options:
        listen_unix(options)
        return
    listener = socket.socket(family)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if options.get("dual") else 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if "device" in options:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, options["device"].encode())
    if options.get("shared"):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((options["address"], options["port"]))
    listener.listen(options["backlog"])
    if options.get("hidden"):
        # On its way between two sockets it is open in no process, as one of a process that this one cannot see.
        here, there = socket.socketpair()
        socket.send_fds(here, [b"x"], [listener.fileno()])
        listener.close()
        undo.append(lambda: (here.close(), there.close()))
        return
    undo.append(listener.close)


def listen_unix(options):
    """Bound where the probe sees it: the kernel keeps the path as it was given, so it is given inside of the root directory."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET if options.get("packets") else socket.SOCK_STREAM)
    undo.append(listener.close)
    if options.get("abstract"):
        listener.bind("\0" + options["path"])
        listener.listen(options["backlog"])
        return
    here = os.open("/", os.O_RDONLY)
    os.makedirs(os.path.dirname(inside(options["path"])), exist_ok=True)
    os.chroot(ROOT)
    try:
        listener.bind(options["path"])
    finally:
        os.fchdir(here)
        os.chroot(".")
        os.close(here)
    listener.listen(options["backlog"])


def child(options):
    """Another process that listens; with "namespace", in a network namespace of its own with a somaxconn of its own."""
    argv = [sys.executable, CHILD, json.dumps(options)]
    if options.get("namespace"):
        argv = ["unshare", "--net"] + argv
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    children.add(process.pid)

    def end():
        children.discard(process.pid)
        process.stdin.close()
        process.wait()
        process.stdout.close()

    undo.append(end)
    if process.stdout.readline() != b"ready\n":
        raise RuntimeError("the child did not listen")


def change(path, seconds):
    """Sets when a file was last changed, in seconds from now."""
    when = time.time() + seconds
    os.utime(inside(path), (when, when))


def add_file(path, text, mode=0o644):
    os.makedirs(os.path.dirname(inside(path)), exist_ok=True)
    with open(inside(path), "w", newline="") as file:
        file.write(text)
    os.chmod(inside(path), mode)
    change(path, -FILE_AGE_SECONDS)


def add_link(path, target):
    os.makedirs(os.path.dirname(inside(path)), exist_ok=True)
    os.symlink(target, inside(path))


def hide(name):
    """Puts a file that nobody can execute in the place of a command."""
    path = command_path(name)
    add_file("/tmp/hidden", "", 0o600)
    command("mount", "--bind", inside("/tmp/hidden"), inside(path))
    undo.append(lambda: command("umount", inside(path)))
    for small in [inside(tree + "/" + name) for tree in ["/busybox", "/toybox"]]:
        if os.path.lexists(small):
            target = os.readlink(small)
            os.unlink(small)
            undo.append(lambda small=small, target=target: os.symlink(target, small))


def replace(name, text):
    """Puts a script in the place of a command. The real one is in /tmp/real."""
    path = command_path(name)
    os.makedirs(inside("/tmp/real"), exist_ok=True)
    shutil.copy(path, inside("/tmp/real/" + name))
    add_file("/tmp/replaced", text, 0o755)
    command("mount", "--bind", inside("/tmp/replaced"), inside(path))
    undo.append(lambda: command("umount", inside(path)))


def rename(name):
    """What PID 1, this process, calls itself."""
    with open("/proc/self/comm") as file:
        before = file.read().strip()

    def write(text):
        with open("/proc/self/comm", "w") as file:
            file.write(text)

    write(name)
    undo.append(lambda: write(before))


def hide_processes():
    command("mount", "-o", "remount,hidepid=2", "/proc")
    undo.append(lambda: command("mount", "-o", "remount,hidepid=0", "/proc"))


def protect_settings():
    """As in a container: /proc/sys cannot be written."""
    command("mount", "--bind", inside("/proc/sys"), inside("/proc/sys"))
    command("mount", "-o", "remount,ro,bind", inside("/proc/sys"))
    undo.append(lambda: command("umount", inside("/proc/sys")))


def without_systemd():
    """As a host where another init runs."""
    os.rmdir(inside("/run/systemd/system"))
    os.rmdir(inside("/run/systemd"))


def without_diag():
    """The kernel does not answer ss, which then reads /proc/net: as where inet_diag is missing."""
    environment["PROC_NET_TCP"] = "/proc/net/tcp"
    undo.append(lambda: environment.pop("PROC_NET_TCP"))


def mode(path, bits):
    os.chmod(inside(path), bits)


def remove(path):
    os.unlink(inside(path))


def after(seconds, step):
    timer = threading.Timer(seconds, take, [step])
    timer.start()
    undo.append(timer.join)


def read_only():
    command("mount", "-o", "remount,ro", ROOT)
    for directory in ["/usr/local/lib", "/usr/lib/sysctl.d"]:
        command("mount", "-o", "remount,ro", inside(directory))
    undo.append(writable)


def writable():
    for directory in ["", "/usr/local/lib", "/usr/lib/sysctl.d"]:
        command("mount", "-o", "remount,rw", inside(directory))


STEPS = {
    "sysctl": write_sysctl,
    "listen": listen,
    "file": add_file,
    "link": add_link,
    "directory": lambda path: os.makedirs(inside(path)),
    "hide": hide,
    "replace": replace,
    "child": child,
    "change": change,
    "rename": rename,
    "hide-processes": hide_processes,
    "protect-settings": protect_settings,
    "after": after,
    "read-only": read_only,
    "without-systemd": without_systemd,
    "without-diag": without_diag,
    "mode": mode,
    "remove": remove,
}


def take(step):
    STEPS[step[0]](*step[1:])


def everything():
    """Every file of the root directory with what a write would change, and every sysctl."""
    seen = {key: read_sysctl(key) for key in SYSCTLS}
    for tree in TREES:
        for directory, directories, files in os.walk(inside(tree)):
            for path in [directory] + [os.path.join(directory, name) for name in directories + files]:
                status = os.lstat(path)
                seen[path] = [status.st_ino, status.st_size, status.st_mode, status.st_mtime_ns, status.st_ctime_ns]
    return seen


def run(request, one):
    def enter():
        os.chroot(ROOT)
        os.chdir("/")
        uid = request.get("uid", 0)
        if uid:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)

    before = processes()
    ran = subprocess.run(
        one["argv"],
        input=request["script"].encode(),
        capture_output=True,
        timeout=RUN_TIMEOUT_SECONDS,
        preexec_fn=enter,
        env={"PATH": one["path"], "LANG": "C.UTF-8", **environment},
    )
    left = processes() - before - children
    if left:
        raise RuntimeError("the probe left processes behind: %s" % left)
    return {"status": ran.returncode, "stdout": ran.stdout.decode(), "stderr": ran.stderr.decode()}


def processes():
    """All of this PID namespace, without those that ended and wait for PID 1, this process, to notice."""
    found = set()
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
        try:
            with open("/proc/%d/stat" % pid) as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state == "Z" and parent == "1":
            os.waitpid(pid, 0)
        else:
            found.add(pid)
    return found


def answer(request):
    defaults = {key: read_sysctl(key) for key in SYSCTLS}
    os.makedirs(inside("/run/systemd/system"))
    try:
        for step in request["steps"]:
            take(step)
        # A scenario in which something happens later changes by itself.
        quiet = all(step[0] != "after" for step in request["steps"])
        before = everything()
        runs = [run(request, one) for one in request["runs"]]
        return {"runs": runs, "written": differences(before, everything()) if quiet else []}
    finally:
        while undo:
            undo.pop()()
        for key, value in defaults.items():
            write_sysctl(key, value)
        for tree in TREES:
            for name in os.listdir(inside(tree)):
                path = os.path.join(inside(tree), name)
                shutil.rmtree(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)


def differences(before, now):
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))


prepare()
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
