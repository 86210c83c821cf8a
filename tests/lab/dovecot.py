"""The POP3 and IMAP server of `mx`: Dovecot, over maildirs."""

import pathlib
import pwd
import shutil

from disks import maildir_copies

LMTP = pathlib.Path("/usr/lib/dovecot/lmtp")
ZLIB = pathlib.Path("/usr/lib/dovecot/modules/lib30_imap_zlib_plugin.so")

# Carol's maildrop is locked while a POP3 session has it open; Eve's IMAP may be compressed.
EXTRAS = {"carol": "userdb_pop3_lock_session=yes"}
if ZLIB.exists():
    EXTRAS["eve"] = "userdb_mail_plugins=imap_zlib"


class Dovecot:
    """One running Dovecot; `lab` tells where things are and runs it on its host."""

    kind = "dovecot"
    separator = "."

    def __init__(self, lab, host, users, owner):
        self.lab, self.host, self.users = lab, host, users
        self.owner = pwd.getpwnam(owner)
        self.base = lab.root / "dovecot"
        self.mail = lab.root / "mail"

    def start(self):
        self.base.mkdir()
        users = "".join(
            f"{user}:{{PLAIN}}{password}:{self.owner.pw_uid}:{self.owner.pw_gid}::"
            f"{self.mail}/{user}::{EXTRAS.get(user, '')}\n"
            for user, password in self.users.items())
        (self.base / "users").write_text(users)
        (self.base / "users").chmod(0o644)
        (self.base / "dovecot.conf").write_text(self.configuration())
        self.lab.daemon(self.host, "dovecot", "-F", "-c", self.base / "dovecot.conf")

    def configuration(self):
        return f"""
base_dir = {self.base}/run
state_dir = {self.base}/state
log_path = {self.lab.root}/dovecot.log
protocols = imap pop3 {"lmtp" if LMTP.exists() else ""}
listen = *
ssl = yes
ssl_cert = <{self.lab.root}/cert.pem
ssl_key = <{self.lab.root}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5
auth_username_format = %Ln
auth_failure_delay = 0
first_valid_uid = 1
mail_location = maildir:{self.mail}/%n
default_internal_user = dovecot
mail_max_userip_connections = 50
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
service lmtp {{
  inet_listener lmtp {{
    port = 24
  }}
}}
passdb {{
  driver = passwd-file
  args = {self.base}/users
}}
userdb {{
  driver = passwd-file
  args = {self.base}/users
}}
service auth {{
  unix_listener {self.lab.root}/postfix/queue/private/auth {{
    mode = 0666
  }}
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
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

    def copies(self):
        """(Message-ID, account, folder, marked, path) of everything in the mailboxes."""
        for user in self.users:
            for found in maildir_copies(self.mail / user, self.separator):
                yield (found[0], user, *found[1:])

    def clear(self):
        for user in self.users:
            shutil.rmtree(self.mail / user, ignore_errors=True)
            (self.mail / user).mkdir()
            shutil.chown(self.mail / user, self.owner.pw_uid, self.owner.pw_gid)


def missing():
    """What this machine lacks to run Dovecot."""
    packages = {"dovecot": "dovecot-imapd, dovecot-pop3d"}
    return [package for program, package in packages.items() if shutil.which(program) is None]
