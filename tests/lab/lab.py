"""A lab of real servers and clients in network namespaces.

One machine plays a small network: a server `mx` (Postfix, Dovecot) and devices, each in a
namespace of its own, joined by a bridge.  A scenario lets real clients talk to the real
servers while tcpdump records what passes the server's interface; afterwards the truth is read
from the disks: which message lies in which folder of the server, and which device has a copy.

Needs root, iproute2, tcpdump, postfix, dovecot-imapd, dovecot-pop3d, openssl; the clients are
named by the scenarios.  Everything lives in one temporary folder and ends with the lab.
"""

import contextlib
import email
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

DOMAIN = "alpha.lab"
NETWORK = "10.0.0."
SERVER = NETWORK + "2"
DEVICES = {"anna-laptop": 11, "bob-laptop": 12, "bob-phone": 13}
USERS = ("anna", "bob", "carol")
PASSWORD = "sesame-{user}"
DOVECOT_MAIL_USER = "nobody"


def run(*command, check=True, **options):
    """Run a command and return what it printed; its failure is an exception with its words."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def message_id_of(path):
    with open(path, "rb") as file:
        return email.message_from_binary_file(file).get("Message-ID", "").strip()


class Lab:
    """The network, its servers, and the eyes on their disks."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="mailgloss-lab-"))
        os.chmod(self.root, 0o755)
        self.prefix = f"mg{os.getpid()}"
        self.processes = []
        self.capture_process = None

    # ---- the network ----

    def namespace(self, host):
        return f"{self.prefix}-{host}"

    def inside(self, host, *command):
        return ("ip", "netns", "exec", self.namespace(host), *map(str, command))

    def add_host(self, host, number):
        name = self.namespace(host)
        run("ip", "netns", "add", name)
        run(*self.inside(host, "ip", "link", "set", "lo", "up"))
        end = f"v{os.getpid() % 100000}n{number}"
        run("ip", "-n", self.namespace("switch"), "link", "add", end, "type", "veth",
            "peer", "name", "eth0", "netns", name)
        run("ip", "-n", self.namespace("switch"), "link", "set", end, "master", "br0", "up")
        run(*self.inside(host, "ip", "addr", "add", f"{NETWORK}{number}/24", "dev", "eth0"))
        run(*self.inside(host, "ip", "link", "set", "eth0", "up"))

    def start_network(self):
        run("ip", "netns", "add", self.namespace("switch"))
        run("ip", "-n", self.namespace("switch"), "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self.namespace("switch"), "link", "set", "br0", "up")
        self.add_host("mx", 2)
        for device, number in DEVICES.items():
            self.add_host(device, number)
            self.device_folder(device)

    def device_folder(self, device):
        folder = self.root / "devices" / device
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    # ---- the servers ----

    def start_postfix(self):
        base = self.root / "postfix"
        for name in ("etc", "queue", "data"):
            (base / name).mkdir(parents=True)
        postfix = pwd.getpwnam("postfix")
        os.chown(base / "data", postfix.pw_uid, postfix.pw_gid)
        owner = pwd.getpwnam(DOVECOT_MAIL_USER)
        mailboxes = ", ".join(f"{{{user}@{DOMAIN}={user}/}}" for user in USERS)
        (base / "etc" / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {base}/queue
data_directory = {base}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.{DOMAIN}
mydestination =
mynetworks = {NETWORK}0/24
inet_interfaces = all
inet_protocols = ipv4
smtpd_banner = $myhostname ESMTP
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {self.root}/mail
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_uid_maps = static:{owner.pw_uid}
virtual_gid_maps = static:{owner.pw_gid}
virtual_minimum_uid = 1
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_mynetworks, reject
smtpd_tls_cert_file = {self.root}/cert.pem
smtpd_tls_key_file = {self.root}/key.pem
smtpd_tls_security_level = may
smtpd_peername_lookup = no
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
""")
        services = [
            ("smtp", "inet", "n", "smtpd"), ("pickup", "unix", "n", "pickup"),
            ("cleanup", "unix", "n", "cleanup"), ("qmgr", "unix", "n", "qmgr"),
            ("rewrite", "unix", "-", "trivial-rewrite"), ("bounce", "unix", "-", "bounce"),
            ("defer", "unix", "-", "bounce"), ("trace", "unix", "-", "bounce"),
            ("verify", "unix", "-", "verify"), ("flush", "unix", "n", "flush"),
            ("proxymap", "unix", "-", "proxymap"), ("smtp", "unix", "-", "smtp"),
            ("error", "unix", "-", "error"), ("retry", "unix", "-", "error"),
            ("discard", "unix", "-", "discard"), ("virtual", "unix", "-", "virtual"),
            ("anvil", "unix", "-", "anvil"), ("tlsmgr", "unix", "-", "tlsmgr"),
            ("postlog", "unix-dgram", "n", "postlogd"),
        ]
        needs_root = {"virtual"}
        lines = []
        for name, kind, private, program in services:
            unprivileged = "n" if name in needs_root else "-"
            public = "n" if name in ("pickup", "cleanup", "qmgr", "flush", "postlog") else private
            wakeup = {"pickup": "5", "qmgr": "5"}.get(name, "-")
            limit = {"pickup": "1", "qmgr": "1", "anvil": "1", "tlsmgr": "1", "postlog": "1",
                     "cleanup": "0", "bounce": "0", "defer": "0", "trace": "0",
                     "flush": "0"}.get(name, "-")
            lines.append(f"{name} {kind} {public} {unprivileged} n {wakeup} {limit} {program}")
        (base / "etc" / "master.cf").write_text("\n".join(lines) + "\n")
        run(*self.inside("mx", "postfix", "-c", base / "etc", "set-permissions"), check=False)
        log = open(self.root / "postfix.log", "w")
        self.processes.append(subprocess.Popen(
            self.inside("mx", "postfix", "-c", base / "etc", "start-fg"),
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True))

    def start_dovecot(self):
        base = self.root / "dovecot"
        base.mkdir()
        owner = pwd.getpwnam(DOVECOT_MAIL_USER)
        users = "".join(
            f"{user}:{{PLAIN}}{PASSWORD.format(user=user)}:{owner.pw_uid}:{owner.pw_gid}::"
            f"{self.root}/mail/{user}::\n" for user in USERS)
        (base / "users").write_text(users)
        os.chmod(base / "users", 0o644)
        (base / "dovecot.conf").write_text(f"""
base_dir = {base}/run
state_dir = {base}/state
log_path = {self.root}/dovecot.log
protocols = imap pop3
listen = *
ssl = yes
ssl_cert = <{self.root}/cert.pem
ssl_key = <{self.root}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
first_valid_uid = 1
mail_location = maildir:{self.root}/mail/%n
default_internal_user = dovecot
namespace inbox {{
  inbox = yes
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
passdb {{
  driver = passwd-file
  args = {base}/users
}}
userdb {{
  driver = passwd-file
  args = {base}/users
}}
service imap-login {{
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
""")
        self.processes.append(subprocess.Popen(
            self.inside("mx", "dovecot", "-F", "-c", base / "dovecot.conf"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True))

    def wait_for_port(self, port):
        script = (f"import socket; socket.create_connection(('{SERVER}', {port}), 1).recv(100)")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            done = subprocess.run(self.inside("mx", "python3", "-c", script), capture_output=True)
            if done.returncode == 0:
                return
            time.sleep(0.2)
        raise RuntimeError(f"nothing answers on port {port}; see {self.root}")

    def start(self):
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650",
            "-subj", f"/CN=mx.{DOMAIN}", "-keyout", self.root / "key.pem",
            "-out", self.root / "cert.pem")
        owner = pwd.getpwnam(DOVECOT_MAIL_USER)
        for user in USERS:
            folder = self.root / "mail" / user
            folder.mkdir(parents=True)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        os.chown(self.root / "mail", owner.pw_uid, owner.pw_gid)
        self.start_network()
        self.start_postfix()
        self.start_dovecot()
        for port in (25, 110, 143):
            self.wait_for_port(port)

    def stop(self):
        self.stop_capture()
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
        for host in ("mx", *DEVICES, "switch"):
            pids = run("ip", "netns", "pids", self.namespace(host), check=False).split()
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            run("ip", "netns", "del", self.namespace(host), check=False)
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

    # ---- recording ----

    def start_capture(self, path):
        self.capture_process = subprocess.Popen(
            self.inside("mx", "tcpdump", "-i", "eth0", "-U", "-s", "0", "-Z", "root",
                        "--immediate-mode", "-w", path, "tcp"),
            stderr=subprocess.PIPE, text=True)
        while "listening on" not in self.capture_process.stderr.readline():
            if self.capture_process.poll() is not None:
                raise RuntimeError("tcpdump did not start")

    def stop_capture(self):
        if self.capture_process is None:
            return
        time.sleep(0.5)
        self.capture_process.send_signal(signal.SIGINT)
        self.capture_process.wait(timeout=20)
        self.capture_process.stderr.close()
        self.capture_process = None

    # ---- clients ----

    def client(self, device, *command, check=True, **options):
        """Run a client program on a device."""
        return run(*self.inside(device, *command), check=check, **options)

    def python(self, device, script, check=True):
        """Run a Python client on a device; `folder` is where it keeps what it fetches."""
        head = (f"import imaplib, poplib, smtplib, socket, struct, time, pathlib\n"
                f"server = {SERVER!r}\nfolder = pathlib.Path({str(self.device_folder(device))!r})\n"
                f"password = {PASSWORD!r}\n")
        return self.client(device, "python3", "-c", head + script, check=check)

    def wait_delivered(self, message_id, user, timeout=30):
        """Wait until Postfix has put the message into the user's maildir."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if any(self.on_server(message_id, user)):
                return
            time.sleep(0.1)
        raise RuntimeError(f"{message_id} did not reach {user}")

    # ---- the truth ----

    def on_server(self, message_id, user=None):
        """Paths under the server's mail folder (and its queue) that hold this message."""
        base = self.root / "mail"
        for path in (base / user if user else base).rglob("*"):
            if path.is_file() and path.parent.name in ("cur", "new") and \
                    message_id_of(path) == message_id:
                yield str(path.relative_to(base))
        if user is None:
            for name in ("incoming", "active", "deferred", "maildrop", "hold"):
                for path in (self.root / "postfix" / "queue" / name).rglob("*"):
                    if path.is_file() and message_id.encode() in path.read_bytes():
                        yield f"queue/{path.name}"

    def on_devices(self, message_id, outbox=False):
        """Devices that keep a full copy of this message, fetched or (outbox) to be sent."""
        for device in DEVICES:
            for path in self.device_folder(device).rglob("*"):
                if path.is_file() and path.name.startswith("outbox-") == outbox and \
                        self.holds(path, message_id):
                    yield device
                    break

    @staticmethod
    def holds(path, message_id):
        data = path.read_bytes()
        return f"message-id: {message_id}".lower().encode() in data.lower() and \
            b"The soup is good." in data

    def truth(self, message_id):
        server = sorted(self.on_server(message_id))
        devices = sorted(self.on_devices(message_id))
        if not server and not devices:
            # What the author's program keeps counts only while no server has the message.
            devices = sorted(self.on_devices(message_id, outbox=True))
        if server and devices:
            location = "User device and server"
        elif server:
            location = "Email server"
        elif devices:
            location = "User device"
        else:
            location = "Deleted"
        folders = sorted({str(pathlib.PurePath(p).parent) for p in server})
        return {"message_id": message_id, "location": location, "server": folders,
                "devices": devices}


def write_truth(path, truths):
    path.write_text(json.dumps(truths, indent=1, sort_keys=True) + "\n")
