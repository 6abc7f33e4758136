"""Does what user data says, for real, and reports what the kernel shows afterwards.

Runs as a child of `unshare -n -m`: its own network namespace holds the keys that are set, its own mount namespace a root directory with
/usr (read-only) and /proc, in which only /proc/sys/net can be written. Both vanish with it.

One JSON request per line on stdin, one JSON answer per line on stdout:
  {"userData": text} -> {"live": {...}, "next": {...}}   values of the watched keys after the first boot, and after the next
argv[1] is the JSON list of the paths below /proc/sys that are watched, and reset before each boot.

The part of cloud-init that matters is a few lines: base64 as EC2 takes it off, gzip, MIME by Python's own parser, archives and YAML by PyYAML,
later parts replacing the top-level keys of earlier ones, then boothooks, bootcmd, write_files, deferred files and the scripts by name.
"""

import base64
import ctypes
import email
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys

import yaml

MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
SYSTEMD_SYSCTL = "/usr/lib/systemd/systemd-sysctl"
# Longer than any script takes that ends at all.
TIMEOUT_SECONDS = 2
# A link or a file of this name keeps systemd from running the unit of the distribution.
UNIT = "systemd-sysctl.service"
# Inside the private namespace only, so that nothing is left behind.
MOUNT_POINT = "/mnt"
EMPTIED = ["/etc", "/run", "/opt", "/tmp", "/var"]
STUBS = {
    "systemctl": f"""#!/bin/sh
unit=/etc/systemd/system/{UNIT}
case "$1 ${{2%.service}}" in
"mask systemd-sysctl") mkdir -p "${{unit%/*}}"; ln -sf /dev/null "$unit" ;;
"unmask systemd-sysctl") rm -f "$unit" ;;
"restart systemd-sysctl" | "restart procps") [ -e "$unit" ] || exec {SYSTEMD_SYSCTL} ;;
esac
""",
    "apt-get": "#!/bin/sh\n",
    "sudo": '#!/bin/sh\nexec "$@"\n',
}

libc = ctypes.CDLL(None, use_errno=True)


def mount(source, target, kind=None, flags=0):
    encode = lambda text: None if text is None else text.encode()
    if libc.mount(encode(source), encode(target), encode(kind), flags, None) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error), f"mount {source} on {target}")


def read_only(target):
    mount(None, target, None, MS_REMOUNT | MS_BIND | MS_RDONLY)


def build_root():
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    root = MOUNT_POINT
    mount("tmpfs", root, "tmpfs")
    for name in ["usr", "proc", "dev", *[path[1:] for path in EMPTIED]]:
        os.mkdir(f"{root}/{name}")
    mount("/usr", f"{root}/usr", None, MS_BIND)
    mount("tmpfs", f"{root}/usr/local", "tmpfs")
    mount("tmpfs", f"{root}/usr/lib/sysctl.d", "tmpfs")
    os.mkdir(f"{root}/usr/local/bin")
    for name, text in STUBS.items():
        write(f"{root}/usr/local/bin/{name}", text.encode(), 0o755)
    read_only(f"{root}/usr")
    for top in ["bin", "sbin", "lib", "lib64"]:
        os.symlink(f"usr/{top}", f"{root}/{top}")
    open(f"{root}/dev/null", "w").close()
    mount("/dev/null", f"{root}/dev/null", None, MS_BIND)
    # Where bash looks for what it is to read from another process.
    os.symlink("/proc/self/fd", f"{root}/dev/fd")
    mount("/proc", f"{root}/proc", None, MS_BIND)
    mount("/proc/sys", f"{root}/proc/sys", None, MS_BIND)
    read_only(f"{root}/proc/sys")
    mount("/proc/sys/net", f"{root}/proc/sys/net", None, MS_BIND)
    return root


def write(path, content, mode, append=False):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "ab" if append else "wb") as file:
        file.write(content)
    os.chmod(path, mode)


def read_key(path):
    assert path.startswith("net/") and ".." not in path.split("/"), path
    with open(f"/proc/sys/{path}", encoding="utf-8") as file:
        return file.read().rstrip("\n")


def empty(directories):
    for directory in directories:
        for name in os.listdir(directory):
            path = f"{directory}/{name}"
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
    os.makedirs("/run/sysctl.d", exist_ok=True)


def boot(initial):
    """The settings of a fresh kernel, then what systemd-sysctl makes of them."""
    for path, value in initial.items():
        if read_key(path) != value:
            with open(f"/proc/sys/{path}", "w", encoding="utf-8") as file:
                file.write(value)
    if not os.path.lexists(f"/etc/systemd/system/{UNIT}"):
        run([SYSTEMD_SYSCTL])


def run(command):
    """Runs it to its end, or as long as it may; what it leaves running ends with it."""
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )
    except OSError:
        # No such interpreter: cloud-init logs it and goes on.
        return
    try:
        child.wait(TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()


def shell_script(commands):
    lines = ["#!/bin/sh"]
    for command in commands:
        if isinstance(command, str):
            lines.append(command)
        else:
            lines.append(" ".join("'" + str(word).replace("'", "'\\''") + "'" for word in command))
    return "\n".join(lines) + "\n"


def write_files(files, deferred):
    for file in files:
        if bool(file.get("defer", False)) != deferred:
            continue
        content = file.get("content", "").encode()
        encoding = file.get("encoding", "")
        if encoding.endswith("b64"):
            content = base64.b64decode(content)
        if encoding.startswith("gz"):
            content = gzip.decompress(content)
        write(file["path"], content, int(str(file.get("permissions", "0644")), 8), file.get("append", False))


def opened(data):
    """What cloud-init gets of what the user gave: EC2 takes base64 off, cloud-init gzip."""
    try:
        data = base64.b64decode(data.replace(b"\n", b""), validate=True)
    except ValueError:
        pass
    return (gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data).decode()


def parts_of(text):
    """The parts as (name, text), archives and documents in documents taken apart."""
    if "mime-version:" not in text[:4096].lower():
        return exploded(None, text)
    parts = []
    for part in email.message_from_string(text).walk():
        if part.get_content_maintype() != "multipart":
            payload = part.get_payload(decode=True)
            if part.get_content_type() == "application/gzip":
                payload = gzip.decompress(payload)
            parts += exploded(part.get_filename(), payload.decode())
    return parts


def exploded(name, text):
    if not text.startswith("#cloud-config-archive"):
        return [(name, text)]
    parts = []
    for item in yaml.safe_load(text):
        if isinstance(item, str):
            item = {"content": item}
        parts += exploded(item.get("filename"), item["content"])
    return parts


def first_boot(text):
    """Boots for the first time, and gives what every boot runs again."""
    config, scripts, boothooks = {}, {}, []
    for number, (name, part) in enumerate(parts_of(text), 1):
        name = name or f"part-{number:03d}"
        if part.startswith("#cloud-config"):
            config.update(yaml.safe_load(part) or {})
        elif part.startswith("#cloud-boothook"):
            boothooks.append((name, dos_to_unix(part)[len("#cloud-boothook") :].lstrip()))
        else:
            scripts[name] = dos_to_unix(part)
    again = boothooks, shell_script(config["bootcmd"]) if "bootcmd" in config else None
    early(*again)
    write_files(config.get("write_files", []), False)
    if "runcmd" in config:
        scripts["runcmd"] = shell_script(config["runcmd"])
    write_files(config.get("write_files", []), True)
    for name in sorted(scripts):
        run_script(f"/var/lib/cloud/scripts/{name}", scripts[name])
    return again


def early(boothooks, bootcmd):
    for name, script in boothooks:
        run_script(f"/var/lib/cloud/boothooks/{name}", script)
    if bootcmd is not None:
        write("/tmp/bootcmd.sh", bootcmd.encode(), 0o600)
        run(["/bin/sh", "/tmp/bootcmd.sh"])


def dos_to_unix(text):
    """As cloudinit.util.dos2unix: the first line decides."""
    end = text.find("\n")
    return text.replace("\r\n", "\n") if end > 0 and text[end - 1] == "\r" else text


def run_script(path, text):
    write(path, text.encode(), 0o700)
    run([path])


def judge(text, initial):
    empty(EMPTIED)
    os.makedirs("/etc/sysctl.d")
    os.makedirs("/etc/systemd/system")
    os.symlink("../sysctl.conf", "/etc/sysctl.d/99-sysctl.conf")
    boot(initial)
    again = first_boot(text)
    live = {path: read_key(path) for path in initial}
    empty(["/run"])
    boot(initial)
    early(*again)
    return {"live": live, "next": {path: read_key(path) for path in initial}}


def main():
    if os.readlink("/proc/self/ns/net") == os.environ["OUTER_NET"] or os.readlink("/proc/self/ns/mnt") == os.environ["OUTER_MNT"]:
        raise SystemExit("refused: not in a network and mount namespace of its own")
    root = build_root()
    # Loaded now, because nothing of Python's own library is visible later.
    for encoding in ["base64", "quoted-printable", "8bit"]:
        email.message_from_string(f"Content-Transfer-Encoding: {encoding}\n\nYQ==").get_payload(decode=True).decode()
    gzip.decompress(gzip.compress(b"a"))
    os.chroot(root)
    os.chdir("/")
    initial = {path: read_key(path) for path in json.loads(sys.argv[1])}
    for line in sys.stdin:
        print(json.dumps(judge(opened(json.loads(line)["userData"].encode()), initial)), flush=True)


main()
