"""Listens as a process of its own, until its standard input ends.

One argument, JSON: {"listeners": [{address, port, backlog, shared?} | {path, backlog}...], "somaxconn": N?, "name": TEXT?, "files": N?, "uid": N?, "workers": N?}
"""

import json
import os
import resource
import socket
import subprocess
import sys

options = json.loads(sys.argv[1])
if options.get("namespace"):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True, stdin=subprocess.DEVNULL)
if "somaxconn" in options:
    with open("/proc/sys/net/core/somaxconn", "w") as file:
        file.write(str(options["somaxconn"]))
if "name" in options:
    with open("/proc/self/comm", "w") as file:
        file.write(options["name"])
if "files" in options:
    resource.setrlimit(resource.RLIMIT_NOFILE, (options["files"], options["files"]))
if "uid" in options:
    os.setuid(options["uid"])
listeners = []
for one in options["listeners"]:
    listener = socket.socket(socket.AF_INET6 if ":" in one["address"] else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if one.get("shared"):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((one["address"], one["port"]))
    listener.listen(one["backlog"])
    listeners.append(listener)
workers = []
for _ in range(options.get("workers", 0)):
    worker = os.fork()
    if worker == 0:
        with open("/proc/self/comm", "w") as file:
            file.write("worker")
        sys.stdin.read()
        os._exit(0)
    workers.append(worker)
print("ready", flush=True)
sys.stdin.read()
for worker in workers:
    os.waitpid(worker, 0)
