"""A small network on one machine: a switch, servers and devices, each a network namespace.

Namespaces carry the lab's process number in their names, so that two labs do not meet, and so that
what a killed lab left behind can be told from what a living one uses.
"""

import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

NETWORK = "10.0.0."
SERVERS = {"mx": 2, "mx2": 3}
DEVICES = {"anna-laptop": 11, "bob-laptop": 12, "bob-phone": 13, "dora-laptop": 14}
FOLDER = "mailgloss-lab-"  # a lab's temporary folder; its process number follows
PATIENCE = 60  # seconds that one command may take


def address(host):
    return NETWORK + str({**SERVERS, **DEVICES}[host])


def run(*command, check=True, timeout=PATIENCE, **options):
    """Run a command and return what it printed; its failure is an exception with its words."""
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", timeout=timeout,
                          **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def kill_all(name):
    """End every process inside a namespace."""
    for pid in run("ip", "netns", "pids", name, check=False).split():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGKILL)


def sweep():
    """Remove what labs that are dead left behind."""
    for line in run("ip", "netns", "list", check=False).splitlines():
        match = re.match(r"(mg(\d+)-[\w-]+)", line)
        if match and not os.path.exists(f"/proc/{match[2]}"):
            kill_all(match[1])
            run("ip", "netns", "del", match[1], check=False)
    for folder in pathlib.Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        pid = folder.name.removeprefix(FOLDER).partition("-")[0]
        if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(folder, ignore_errors=True)


class Network:
    """The wires: hosts joined by a bridge, a place to listen, and ways to cut a wire."""

    def __init__(self):
        self.prefix = f"mg{os.getpid()}"
        self.hosts = []
        self.capture_process = None
        self.watcher = None
        self.cuts = []

    def namespace(self, host):
        return f"{self.prefix}-{host}"

    def inside(self, host, *command):
        """The command line that runs a command on a host."""
        return ("ip", "netns", "exec", self.namespace(host), *map(str, command))

    def add_host(self, host):
        name, number = self.namespace(host), {**SERVERS, **DEVICES}[host]
        switch = self.namespace("switch")
        run("ip", "netns", "add", name)
        self.hosts.append(host)
        end = f"v{os.getpid() % 100000}n{number}"
        run("ip", "-n", switch, "link", "add", end, "type", "veth",
            "peer", "name", "eth0", "netns", name)
        run("ip", "-n", switch, "link", "set", end, "master", "br0", "up")
        run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", name, "addr", "add", f"{address(host)}/24", "dev", "eth0")
        run("ip", "-n", name, "link", "set", "eth0", "up")

    def start(self, hosts):
        sweep()
        switch = self.namespace("switch")
        run("ip", "netns", "add", switch)
        run("ip", "-n", switch, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", switch, "link", "set", "br0", "up")
        for host in hosts:
            self.add_host(host)

    def stop(self):
        self.stop_capture()
        self.stop_watching()
        for host in (*self.hosts, "switch"):
            name = self.namespace(host)
            kill_all(name)
            run("ip", "netns", "del", name, check=False)
        self.hosts = []

    # ---- listening ----

    def start_capture(self, path):
        """Record everything that passes the switch, each packet once."""
        self.capture_process = subprocess.Popen(
            self.inside("switch", "tcpdump", "-i", "br0", "-U", "-s", "66000", "-Z", "root",
                        "--immediate-mode", "-B", "65536", "-w", path, "tcp"),
            stderr=subprocess.PIPE, text=True)
        while "listening on" not in self.capture_process.stderr.readline():
            if self.capture_process.poll() is not None:
                raise RuntimeError("tcpdump did not start")

    def stop_capture(self):
        process, self.capture_process = self.capture_process, None
        if process is None:
            return
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)[1]
        match = re.search(r"(\d+) packets? dropped by kernel", said)
        if match and match[1] != "0":
            raise RuntimeError(f"tcpdump lost {match[1]} packets")

    def start_watching(self, program, path):
        """Let mailgloss itself listen at the switch; its records go to a file."""
        with open(path, "w") as file:
            self.watcher = subprocess.Popen(
                self.inside("switch", os.path.abspath(program), "-i", "br0", "-T", "json", "-Z", "root"),
                stdout=file, stderr=subprocess.PIPE, text=True)
        while "watching" not in self.watcher.stderr.readline():
            if self.watcher.poll() is not None:
                raise RuntimeError("mailgloss did not start")

    def stop_watching(self):
        process, self.watcher = self.watcher, None
        if process is None:
            return
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    def narrow(self):
        """Every wire carries small packets only: lines and replies are cut into many."""
        for host in self.hosts:
            run("ip", "-n", self.namespace(host), "link", "set", "eth0", "mtu", "200",
                "gso_max_segs", "1")

    # ---- cutting ----

    def silence(self, host, towards):
        """From now on nothing that a host sends towards another reaches the wire."""
        run("ip", "-n", self.namespace(host), "route", "replace", "blackhole", address(towards))
        self.cuts.append((host, towards))

    def unsilence(self, host, towards):
        run("ip", "-n", self.namespace(host), "route", "del", address(towards), check=False)
        self.cuts.remove((host, towards))

    def mend(self):
        """Undo every cut that is left."""
        for host, towards in list(self.cuts):
            self.unsilence(host, towards)
