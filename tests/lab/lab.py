"""A lab of real servers and clients in network namespaces.

One machine plays a small network.  The server `mx` runs Postfix and Dovecot; the server `mx2`,
started where a scenario asks for it, runs Exim and Courier.  Devices have a namespace each.
tcpdump records what passes the switch.  After every step of a scenario the lab reads from the
disks where each message is (`snapshot`): that is the truth which mailgloss's records must tell.

Needs root, iproute2, tcpdump, openssl, postfix, dovecot-imapd, dovecot-pop3d; the clients are named
by the scenarios.  Everything lives in one temporary folder and ends with the lab.
"""

import contextlib
import datetime
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

import disks
import dovecot
import postfix
from device import Device
from network import DEVICES, FOLDER, SERVERS, Network, address, run
from policy import Policy
from second import Second
from unpacked import Missing  # noqa: F401  (part of what the lab offers)

DOMAIN, DOMAIN2 = "alpha.lab", "beta.lab"
SERVER, SERVER2 = address("mx"), address("mx2")
USERS = ("anna", "bob", "carol", "eve")
USERS2 = ("dora", "emil")
PASSWORD = "sesame-{user}"
MAIL_OWNER = "nobody"
DELIVERY = 30  # seconds that a delivery may take


def missing():
    """What this machine lacks to play the lab at all."""
    lacks = [] if os.geteuid() == 0 else ["root"]
    programs = {"ip": "iproute2", "tcpdump": "tcpdump", "openssl": "openssl"}
    lacks += [package for program, package in programs.items() if shutil.which(program) is None]
    lacks += postfix.missing() + dovecot.missing()
    if not lacks and subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode:
        lacks.append("network namespaces")
    return lacks


def clock():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Lab:
    """The network, its servers, and the eyes on their disks."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
        os.chmod(self.root, 0o755)
        self.network = Network()
        self.processes = []
        self.devices = []
        self.logs = []
        passwords = {user: PASSWORD.format(user=user) for user in USERS}
        self.postfix = postfix.Postfix(self, "mx", DOMAIN, USERS, MAIL_OWNER,
                                       {DOMAIN2: SERVER2})
        self.dovecot = dovecot.Dovecot(self, "mx", passwords, MAIL_OWNER)
        self.policy = Policy(self, "mx")
        self.second = None
        self.mailboxes, self.queues = [self.dovecot], [self.postfix]
        self.forget()

    def forget(self):
        """Nothing is known of any message."""
        self.authors = {}     # Message-ID: the device that composed it
        self.accepted = set()  # Message-IDs that a server has had
        self.steps = []       # the snapshots
        self.beyond = []      # what the wire does not show: (reason, answers, Message-ID or None)

    # ---- starting and stopping ----

    def inside(self, host, *command):
        return self.network.inside(host, *command)

    def daemon(self, host, *command, log=None):
        out = open(log, "w") if log else subprocess.DEVNULL
        self.processes.append(subprocess.Popen(
            self.inside(host, *command), stdin=subprocess.DEVNULL, stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True))

    def log(self, line):
        self.logs.append(line)

    def device_folder(self, device):
        folder = self.root / "devices" / device
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def start(self):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650",
            "-subj", f"/CN=mx.{DOMAIN}", "-keyout", self.root / "key.pem",
            "-out", self.root / "cert.pem")
        (self.root / "mail").mkdir()
        (self.root / "mail2").mkdir()
        owner = pwd.getpwnam(MAIL_OWNER)
        os.chown(self.root / "mail", owner.pw_uid, owner.pw_gid)
        self.dovecot.clear()
        self.network.start((*SERVERS, *DEVICES))
        self.policy.start()
        self.postfix.start()
        self.wait_for_port("mx", 25)
        self.dovecot.start()
        for port in (110, 143, 587):
            self.wait_for_port("mx", port)

    def start_second(self):
        """Start Exim and Courier on mx2, once."""
        if self.second is not None:
            return
        passwords = {user: PASSWORD.format(user=user) for user in USERS2}
        self.second = Second(self, "mx2", DOMAIN2, passwords, MAIL_OWNER, {DOMAIN: SERVER})
        self.second.start()
        for port in (25, 110, 143):
            self.wait_for_port("mx2", port)
        self.mailboxes.append(self.second)
        self.queues.append(self.second)

    def wait_for_port(self, host, port):
        script = f"import socket; socket.create_connection(('{address(host)}', {port}), 1).recv(9)"
        deadline = time.monotonic() + DELIVERY
        while time.monotonic() < deadline:
            done = subprocess.run(self.inside(host, "python3", "-c", script), capture_output=True)
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise RuntimeError(f"nothing answers on port {port} of {host}")

    def stop(self):
        for device in self.devices:
            device.process.kill()
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + 3
        while time.monotonic() < deadline and any(p.poll() is None for p in self.processes):
            time.sleep(0.05)
        self.network.stop()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
        shutil.rmtree(self.root, ignore_errors=True)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *unused):
        self.stop()

    def reset(self):
        """Make the lab as new for the next scenario: nothing sent, nothing stored."""
        for device in self.devices:
            device.end()
        self.devices = []
        self.network.mend()
        for host in DEVICES:
            shutil.rmtree(self.device_folder(host), ignore_errors=True)
        self.policy.clear()
        self.postfix.clear()
        for server in self.mailboxes:
            server.clear()
        self.forget()

    # ---- recording ----

    def start_capture(self, path):
        self.network.start_capture(path)

    def stop_capture(self):
        time.sleep(0.3)
        self.network.stop_capture()

    # ---- clients ----

    def device(self, host, server=SERVER):
        """A Python client on a device, to be led step by step."""
        device = Device(self, host, server)
        self.devices.append(device)
        return device

    def client(self, device, *command, check=True, **options):
        """Run a client program on a device, then look at the disks."""
        said = run(*self.inside(device, *command), check=check, **options)
        self.snapshot(f"{device}: {pathlib.Path(command[0]).name}")
        return said

    def sessions(self, program, host="mx"):
        """Processes of a server that serve a logged-in session."""
        found = []
        for pid in run("ip", "netns", "pids", self.network.namespace(host)).split():
            with contextlib.suppress(FileNotFoundError):
                if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == program:
                    found.append(int(pid))
        return found

    def kill_session(self, protocol):
        """The server's processes of this protocol die."""
        for pid in self.sessions(protocol):
            os.kill(pid, signal.SIGKILL)
        self.wait(lambda: not self.sessions(protocol), f"the end of {protocol}")

    def wait(self, condition, what):
        deadline = time.monotonic() + DELIVERY
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError(f"waited in vain: {what}")
            time.sleep(0.05)

    def wait_delivered(self, message_id, user, folder="INBOX"):
        """Wait until a server has put the message into the user's mailbox."""
        self.wait(lambda: any(found[:3] == (message_id, user, folder)
                              for server in self.mailboxes for found in server.copies()),
                  f"{message_id} in {user}'s {folder}")
        self.wait(lambda: all(queued != message_id
                              for queue in self.queues for queued, unused in queue.queued()),
                  f"{message_id} leaves the queue")
        self.snapshot(f"delivered to {user}")

    def in_queue(self, message_id, name):
        """Whether Postfix has put a message into this one of its queues."""
        return any(disks.queued_id_of(disks.read(path)) == message_id
                   for path in (self.postfix.base / "queue" / name).rglob("*") if path.is_file())

    # ---- the truth ----

    def compose(self, device, name, text):
        """The author's program on a device keeps a message that it is to send."""
        data = text.encode() if isinstance(text, str) else text
        message_id = disks.message_id_of(data)
        self.authors[message_id] = device
        (self.device_folder(device) / f"outbox-{name}.eml").write_bytes(data)
        return message_id

    def knows(self, message_id, author=None):
        """Watch a message that no compose() made."""
        self.authors[message_id] = author

    def wire_cannot_show(self, reason, *answers, message=None):
        """From now on these answers are right too (None: the message is not known at all)."""
        self.beyond.append((reason, answers, message))

    def wire_shows_again(self):
        self.beyond = []

    def copies(self, message_id):
        """Where the disks hold a message: folders, queues, devices."""
        # Queues first: a delivery that happens meanwhile is then seen twice rather than not at all.
        queues = sorted({address(queue.host) for queue in self.queues
                         for queued, unused in queue.queued() if queued == message_id})
        folders = [{"host": address(server.host), "account": account, "folder": folder,
                    "marked": marked}
                   for server in self.mailboxes
                   for found, account, folder, marked, unused in server.copies()
                   if found == message_id]
        devices = [device for device in DEVICES
                   if message_id in disks.device_copies(self.device_folder(device), False)]
        if folders or queues:
            self.accepted.add(message_id)
        elif not devices and message_id not in self.accepted:
            # What the author's program keeps counts only while no server has had the message.
            devices = [device for device in DEVICES
                       if message_id in disks.device_copies(self.device_folder(device), True)]
        return folders, queues, devices

    @staticmethod
    def location(folders, queues, devices):
        if (folders or queues) and devices:
            return "User device and server"
        if folders or queues:
            return "Email server"
        return "User device" if devices else "Deleted"

    def snapshot(self, label):
        """Read from the disks where each known message is at this moment."""
        messages = []
        for message_id in self.authors:
            folders, queues, devices = self.copies(message_id)
            author = self.authors[message_id]
            record = {
                "message_id": message_id, "location": self.location(folders, queues, devices),
                "folders": folders, "queues": queues, "devices": devices}
            if author:
                record["author"] = author
            self.add_beyond(record)
            messages.append(record)
        self.steps.append({"label": label, "time": clock(), "messages": messages})

    def truth(self, message_id):
        folders, queues, devices = self.copies(message_id)
        server = {f"{f['account']}/{'' if f['folder'] == 'INBOX' else '.' + f['folder'] + '/'}cur"
                  for f in folders} | {"queue" for unused in queues}
        record = {"message_id": message_id, "location": self.location(folders, queues, devices),
                  "server": sorted(server), "devices": sorted(devices)}
        self.add_beyond(record)
        return record

    def add_beyond(self, record):
        """Tell which other answers are right for a message, and why."""
        beyond = [(reason, answers) for reason, answers, message in self.beyond
                  if message in (None, record["message_id"])]
        if beyond:
            record["also"] = [answer for unused, answers in beyond for answer in answers]
            record["reason"] = "; ".join(reason for reason, unused in beyond)


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")


def write_steps(path, steps):
    """One line per message and snapshot: small enough to keep, easy to compare."""
    lines = []
    for step in steps:
        messages = ",\n   ".join(json.dumps(message, sort_keys=True)
                                 for message in step["messages"])
        lines.append(f' {{"label": {json.dumps(step["label"])}, "time": "{step["time"]}",\n'
                     f'  "messages": [\n   {messages}]}}')
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
