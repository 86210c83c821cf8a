"""The servers of `mx2`, of another kind than those of `mx`: Exim and Courier, both unpacked.

They run in a mount namespace in which the unpacked tree is laid over /usr and /etc; the namespace
ends with its last process.
"""

import pwd
import re
import shutil
import subprocess
import time

import unpacked
from disks import maildir_copies, queued_id_of, read
from network import NETWORK, run

COURIER = """
set -a; prefix=/usr; exec_prefix=/usr; sbindir=/usr/sbin; bindir=/usr/bin
. /etc/courier/{program}; . /etc/courier/{program}-ssl
IMAP_STARTTLS=NO; POP3_STARTTLS=NO
exec /usr/sbin/couriertcpd -address=0 -maxprocs=40 -maxperip=40 -nodnslookup -noidentlookup \
    {port} {login} {server} .
"""


class Second:
    """Exim (SMTP) and Courier (POP3, IMAP) on one host."""

    kind = "courier"
    separator = "INBOX."

    def __init__(self, lab, host, domain, users, owner, relay):
        self.lab, self.host, self.domain, self.users = lab, host, domain, users
        self.owner, self.relay = pwd.getpwnam(owner), relay
        self.base = lab.root / "second"
        self.mail = lab.root / "mail2"
        self.keeper = None

    def inside(self, *command):
        """The command line that runs a command in the host's network and its mounts."""
        return ("nsenter", "-t", str(self.keeper.pid), "-m", "-n", *map(str, command))

    # ---- starting ----

    def start(self):
        unpacked.fetch()
        etc = self.base / "etc"
        (etc / "courier").mkdir(parents=True)
        (etc / "exim4").mkdir()
        (self.base / "spool").mkdir()
        shutil.chown(self.base / "spool", self.owner.pw_uid, self.owner.pw_gid)
        for name in ("imapd", "imapd-ssl", "pop3d", "pop3d-ssl", "authdaemonrc"):
            text = (unpacked.ROOT / "etc/courier" / name).read_text()
            text = re.sub(r"(?m)^authmodulelist=.*", 'authmodulelist="authuserdb"', text)
            text = re.sub(r"(?m)^IMAP_EMPTYTRASH=.*", "IMAP_EMPTYTRASH=", text)
            (etc / "courier" / name).write_text(text)
        (etc / "exim4" / "exim4.conf").write_text(self.exim_conf())
        hashed = {user: run("openssl", "passwd", "-1", password).strip()
                  for user, password in self.users.items()}
        (etc / "courier" / "userdb").write_text("".join(
            f"{user}\tuid={self.owner.pw_uid}|gid={self.owner.pw_gid}|home={self.mail}/{user}|"
            f"mail={self.mail}/{user}|systempw={word}\n" for user, word in hashed.items()))
        (etc / "courier" / "userdb").chmod(0o600)
        script = self.base / "start.sh"
        script.write_text(f"""
set -e
{unpacked.mount_commands(self.base / "overlay")}
cp -r {etc}/. /etc/
for user in courier Debian-exim; do
    id -u $user >/dev/null 2>&1 ||
        echo "$user:x:{self.owner.pw_uid}:{self.owner.pw_gid}::/:/bin/false" >>/etc/passwd
    getent group $user >/dev/null || echo "$user:x:{self.owner.pw_gid}:" >>/etc/group
done
mkdir -p /run/courier/authdaemon
chown courier /run/courier/authdaemon
makeuserdb
echo ready
exec sleep infinity
""")
        self.keeper = subprocess.Popen(
            self.lab.network.inside(self.host, "unshare", "-m", "sh", script),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.lab.processes.append(self.keeper)
        said = self.keeper.stdout.readline()
        while said and said != "ready\n":
            self.lab.log(said)
            said = self.keeper.stdout.readline()
        if not said:
            raise unpacked.Missing("overlay mounts in a mount namespace, for Courier and Exim")
        self.clear()
        self.daemon("sh", "-c", "set -a; . /etc/courier/authdaemonrc; "
                    "exec /usr/lib/courier/courier-authlib/authdaemond")
        for program, port, login, server in (
                ("imapd", 143, "imaplogin", "/usr/bin/imapd"),
                ("pop3d", 110, "courierpop3login", "/usr/lib/courier/courier/courierpop3d")):
            self.daemon("env", "-i", "sh", "-c", COURIER.format(
                program=program, port=port, login=f"/usr/lib/courier/courier/{login}",
                server=server))
        self.daemon("exim4", "-bdf", "-q1h")

    def daemon(self, *command):
        log = open(self.lab.root / "second.log", "a")
        self.lab.processes.append(subprocess.Popen(
            self.inside(*command), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            start_new_session=True))

    def exim_conf(self):
        routes = "; ".join(f"{domain} {where}" for domain, where in self.relay.items())
        return f"""
primary_hostname = {self.host}.{self.domain}
exim_user = {self.owner.pw_name}
exim_group = {self.owner.pw_gid}
spool_directory = {self.base}/spool
log_file_path = {self.base}/spool/%slog
pid_file_path = {self.base}/spool/exim.pid
never_users =
tls_advertise_hosts =
chunking_advertise_hosts = *
pipelining_connect_advertise_hosts = :
prdr_enable = true
host_lookup =
rfc1413_query_timeout = 0s
disable_ipv6 = true
qualify_domain = {self.domain}
message_size_limit = 40000
acl_smtp_rcpt = check_recipient
acl_smtp_vrfy = accept
acl_smtp_expn = accept
keep_environment =
begin acl
check_recipient:
  accept hosts = {NETWORK}0/24
         verify = recipient
  deny message = no such user
begin routers
local:
  driver = accept
  domains = {self.domain}
  local_parts = {" : ".join(self.users)}
  transport = maildir
unknown:
  driver = redirect
  domains = {self.domain}
  data = :fail: no such user
  allow_fail
onward:
  driver = manualroute
  route_list = {routes}
  transport = remote
begin transports
maildir:
  driver = appendfile
  directory = {self.mail}/$local_part_data
  maildir_format
  user = {self.owner.pw_name}
  group = {self.owner.pw_gid}
  no_create_directory
remote:
  driver = smtp
  hosts_avoid_tls = *
  hosts_try_chunking = *
begin retry
* * F,1h,5m
"""

    # ---- the disk ----

    def copies(self):
        for user in self.users:
            for found in maildir_copies(self.mail / user, self.separator):
                yield (found[0], user, *found[1:])

    def queued(self):
        for path in (self.base / "spool" / "input").rglob("*-H"):
            message_id = queued_id_of(read(path))
            if message_id:
                yield message_id, path.name.removesuffix("-H")

    def log_text(self):
        """What Exim has logged so far."""
        return read(self.base / "spool" / "mainlog").decode("utf-8", "replace")

    def flush(self):
        run(*self.inside("exim4", "-qff"))

    def clear(self):
        for path in (self.base / "spool" / "input").rglob("*-[HDJ]"):
            path.unlink(missing_ok=True)
        for user in self.users:
            folder = self.mail / user
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            run(*self.inside("sh", "-c", f"rmdir {folder}; maildirmake.courier {folder}"))
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def wait_ready(self, patience=20):
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if (self.base / "spool" / "exim.pid").exists():
                return
            time.sleep(0.1)
        raise RuntimeError("Exim did not start")
