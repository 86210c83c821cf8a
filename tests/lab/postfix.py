"""The MTA of `mx`: Postfix, with a folder, a queue and a log of its own."""

import os
import pwd
import shutil

from disks import queued_id_of, read
from network import NETWORK, run

QUEUES = ("incoming", "active", "deferred", "maildrop", "hold")
SERVICES = (
    ("smtp", "inet", "n", "smtpd"), ("submission", "inet", "n", "smtpd"),
    ("pickup", "unix", "n", "pickup"),
    ("cleanup", "unix", "n", "cleanup"), ("qmgr", "unix", "n", "qmgr"),
    ("rewrite", "unix", "-", "trivial-rewrite"), ("bounce", "unix", "-", "bounce"),
    ("defer", "unix", "-", "bounce"), ("trace", "unix", "-", "bounce"),
    ("verify", "unix", "-", "verify"), ("flush", "unix", "n", "flush"),
    ("proxymap", "unix", "-", "proxymap"), ("smtp", "unix", "-", "smtp"),
    ("error", "unix", "-", "error"), ("retry", "unix", "-", "error"),
    ("discard", "unix", "-", "discard"), ("virtual", "unix", "-", "virtual"),
    ("anvil", "unix", "-", "anvil"), ("tlsmgr", "unix", "-", "tlsmgr"),
    ("postlog", "unix-dgram", "n", "postlogd"),
)
OPTIONS = {"submission": " -o smtpd_sasl_auth_enable=yes"
                         " -o smtpd_relay_restrictions=permit_sasl_authenticated,reject"}


class Postfix:
    """One running Postfix; `lab` tells where things are and runs it on its host."""

    def __init__(self, lab, host, domain, users, owner, relay):
        self.lab, self.host, self.domain = lab, host, domain
        self.base = lab.root / "postfix"
        self.users, self.owner, self.relay = users, pwd.getpwnam(owner), relay

    def main_cf(self):
        mailboxes = ", ".join(f"{{{user}@{self.domain}={user}/}}" for user in self.users)
        domains = ", ".join(f"{{{domain}=smtp:[{where}]}}" for domain, where in self.relay.items())
        policy = "check_policy_service inet:127.0.0.1:10031"
        return f"""
compatibility_level = 3.6
queue_directory = {self.base}/queue
data_directory = {self.base}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = {self.host}.{self.domain}
mydestination =
mynetworks = {NETWORK}0/24
inet_interfaces = all
inet_protocols = ipv4
smtpd_banner = $myhostname ESMTP
virtual_mailbox_domains = {self.domain}
virtual_mailbox_base = {self.lab.root}/mail
virtual_mailbox_maps = inline:{{ {mailboxes} }}
virtual_uid_maps = static:{self.owner.pw_uid}
virtual_gid_maps = static:{self.owner.pw_gid}
virtual_minimum_uid = 1
transport_maps = inline:{{ {domains} }}
message_size_limit = 40000
bounce_size_limit = 10000
minimal_backoff_time = 300s
smtp_tls_security_level = none
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = {policy}, reject_unlisted_recipient, permit
smtpd_data_restrictions = {policy}
smtpd_end_of_data_restrictions = {policy}
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_tls_cert_file = {self.lab.root}/cert.pem
smtpd_tls_key_file = {self.lab.root}/key.pem
smtpd_tls_security_level = may
smtpd_peername_lookup = no
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
maillog_file = /dev/stdout
maillog_file_prefixes = /dev
"""

    def master_cf(self):
        lines = []
        for name, kind, private, program in SERVICES:
            unprivileged = "n" if name == "virtual" else "-"
            public = "n" if name in ("pickup", "cleanup", "qmgr", "flush", "postlog") else private
            wakeup = {"pickup": "5", "qmgr": "5"}.get(name, "-")
            limit = {"pickup": "1", "qmgr": "1", "anvil": "1", "tlsmgr": "1", "postlog": "1",
                     "cleanup": "0", "bounce": "0", "defer": "0", "trace": "0",
                     "flush": "0"}.get(name, "-")
            lines.append(f"{name} {kind} {public} {unprivileged} n {wakeup} {limit} {program}"
                         f"{OPTIONS.get(name, '') if kind == 'inet' else ''}\n")
        return "".join(lines)

    def start(self):
        for name in ("etc", "queue", "data"):
            (self.base / name).mkdir(parents=True)
        postfix = pwd.getpwnam("postfix")
        os.chown(self.base / "data", postfix.pw_uid, postfix.pw_gid)
        (self.base / "etc" / "main.cf").write_text(self.main_cf())
        (self.base / "etc" / "master.cf").write_text(self.master_cf())
        self.command("postfix", "set-permissions", check=False)
        self.lab.daemon(self.host, "postfix", "-c", self.base / "etc", "start-fg",
                        log=self.lab.root / "postfix.log")

    def command(self, program, *arguments, check=True):
        return run(*self.lab.network.inside(self.host, program, "-c", self.base / "etc",
                                            *arguments), check=check)

    def flush(self):
        """Try at once to deliver what waits in the queue."""
        self.command("postqueue", "-f")

    def clear(self):
        self.command("postsuper", "-d", "ALL", check=False)

    def queued(self):
        """(Message-ID, queue id) of what waits in the queue."""
        for name in QUEUES:
            for path in (self.base / "queue" / name).rglob("*"):
                if path.is_file():
                    message_id = queued_id_of(read(path))
                    # A file that cleanup has not finished has no execute bit: not yet accepted.
                    if message_id and is_finished(path):
                        yield message_id, path.name


def is_finished(path):
    try:
        return os.stat(path).st_mode & 0o100 != 0
    except FileNotFoundError:
        return False


def missing():
    """What this machine lacks to run Postfix."""
    return [] if shutil.which("postfix") else ["postfix"]
