"""Real mail programs, run whole; the disks are read when each has ended."""

import os

from scenarios.common import SERVER, arrive, letter, maildir, needs, password, send

MUTT_DONE = 30


def mpop(lab, keep):
    folder = maildir(lab, "bob-laptop")
    lab.client("bob-laptop", needs("mpop"), f"--host={SERVER}", "--user=bob", "--auth=user",
               "--tls=off", f"--passwordeval=echo {password('bob')}",
               f"--keep={'on' if keep else 'off'}", f"--delivery=maildir,{folder}",
               f"--uidls-file={folder.parent}/uidls", "--received-header=off")


def mpop_delete(lab):
    """the client mpop fetches and deletes"""
    message = arrive(lab, "soup-100")
    mpop(lab, keep=False)
    return [message]


def mpop_keep(lab):
    """the client mpop fetches and keeps, then finds nothing new"""
    message = arrive(lab, "soup-101")
    mpop(lab, keep=True)
    mpop(lab, keep=True)
    return [message]


def saver(lab, device):
    """A program that saves what it reads in the device's inbox, one file each."""
    folder = maildir(lab, device)
    script = lab.root / f"save-{device}.sh"
    script.write_text(f"#!/bin/sh\nexec cat >$(mktemp {folder}/new/mail-XXXXXX)\n")
    script.chmod(0o755)
    return script


def fetchmail(lab, protocol, *options, device="bob-laptop", rest=""):
    home = lab.root / f"fetchmail-{device}"
    home.mkdir(exist_ok=True)
    script = saver(lab, device)
    rc = home / "rc"
    rc.write_text(f"poll {SERVER} protocol {protocol} {rest} user bob "
                  f"password {password('bob')} sslproto '' mda {script}\n")
    rc.chmod(0o600)
    lab.client(device, needs("fetchmail"), "-f", rc, *options, check=False,
               env={**os.environ, "HOME": str(home), "FETCHMAILHOME": str(home)})


def fetchmail_pop3(lab):
    """the client fetchmail fetches by POP3 and deletes"""
    messages = [arrive(lab, "soup-102a"), arrive(lab, "soup-102b", subject="Dinner?")]
    fetchmail(lab, "pop3", "--fetchall", "--nokeep")
    return messages


def fetchmail_pop3_keep(lab):
    """the client fetchmail fetches by POP3, keeps, and knows by UIDL what it had already"""
    message = arrive(lab, "soup-103")
    fetchmail(lab, "pop3", "--keep", rest="uidl")
    second = arrive(lab, "soup-103b", subject="Dinner?")
    fetchmail(lab, "pop3", "--keep", rest="uidl")
    return [message, second]


def fetchmail_imap(lab):
    """the client fetchmail fetches by IMAP and expunges"""
    messages = [arrive(lab, "soup-104a"), arrive(lab, "soup-104b", subject="Dinner?")]
    fetchmail(lab, "imap", "--nokeep")
    return messages


def fetchmail_imap_keep(lab):
    """the client fetchmail fetches by IMAP and keeps"""
    message = arrive(lab, "soup-105")
    fetchmail(lab, "imap", "--keep")
    return [message]


def getmail(lab, kind, delete):
    home = lab.root / "getmail"
    home.mkdir(exist_ok=True)
    (home / "rc").write_text(f"""
[retriever]
type = {kind}
server = {SERVER}
username = bob
password = {password('bob')}
[destination]
type = MDA_external
path = {saver(lab, "bob-laptop")}
allow_root_commands = true
[options]
delete = {"true" if delete else "false"}
read_all = false
delivered_to = false
received = false
""")
    lab.client("bob-laptop", needs("getmail", "getmail6"), f"--getmaildir={home}", "--rcfile=rc",
               env={**os.environ, "HOME": str(home)})


def getmail_pop3_delete(lab):
    """the client getmail fetches by POP3 and deletes"""
    message = arrive(lab, "soup-106")
    getmail(lab, "SimplePOP3Retriever", delete=True)
    return [message]


def getmail_pop3_keep(lab):
    """the client getmail fetches by POP3 and keeps; its second run fetches nothing"""
    message = arrive(lab, "soup-107")
    getmail(lab, "SimplePOP3Retriever", delete=False)
    getmail(lab, "SimplePOP3Retriever", delete=False)
    return [message]


def getmail_imap_delete(lab):
    """the client getmail fetches by IMAP and deletes"""
    messages = [arrive(lab, "soup-108a"), arrive(lab, "soup-108b", subject="Dinner?")]
    getmail(lab, "SimpleIMAPRetriever", delete=True)
    return messages


def curl(lab, *arguments, keep=None):
    output = ("-o", lab.device_folder("bob-laptop") / keep) if keep else ()
    lab.client("bob-laptop", needs("curl"), "-sS", "-u", f"bob:{password('bob')}", *output,
               *arguments, check=False)


def curl_pop3(lab):
    """the client curl lists, fetches, and deletes by POP3"""
    message = arrive(lab, "soup-109")
    curl(lab, f"pop3://{SERVER}/")
    curl(lab, f"pop3://{SERVER}/1", keep="soup")
    lab.wire_cannot_show("the session that deletes tells a number and no UIDL: which message "
                         "number 1 is there cannot be known", "User device and server")
    curl(lab, f"pop3://{SERVER}/1", "-X", "DELE", "-l")
    return [message]


def curl_imap(lab):
    """the client curl lists, fetches, marks and expunges by IMAP"""
    message = arrive(lab, "soup-110")
    curl(lab, f"imap://{SERVER}/")
    curl(lab, f"imap://{SERVER}/INBOX;MAILINDEX=1", keep="soup")
    curl(lab, f"imap://{SERVER}/INBOX", "-X", r"STORE 1 +Flags \Deleted")
    curl(lab, f"imap://{SERVER}/INBOX", "-X", "EXPUNGE")
    return [message]


def curl_imap_append(lab):
    """the client curl uploads a message by APPEND"""
    text = letter("soup-111", device="bob-laptop", author="bob", to="anna")
    message = lab.compose("bob-laptop", "soup-111", text)
    curl(lab, f"imap://{SERVER}/Sent", "-T",
         lab.device_folder("bob-laptop") / "outbox-soup-111.eml")
    return [message]


def mbsync(lab, folder, *options, user="bob"):
    config = lab.root / "mbsyncrc"
    config.write_text(f"""
IMAPAccount lab
Host {SERVER}
User {user}
Pass {password(user)}
SSLType None
AuthMechs LOGIN

IMAPStore server
Account lab

MaildirStore local
Inbox {folder}
SubFolders Verbatim

Channel inbox
Far :server:
Near :local:
Patterns INBOX
Create Near
Expunge Both
SyncState *
""")
    lab.client("bob-laptop", needs("mbsync", "isync"), "-c", config, *options, "inbox")


def mbsync_keep(lab):
    """the client mbsync downloads by IMAP; both sides keep the message"""
    message = arrive(lab, "soup-112")
    mbsync(lab, maildir(lab, "bob-laptop"))
    return [message]


def mbsync_delete(lab):
    """a message deleted in mbsync's local folder is expunged on the server at the next run"""
    messages = [arrive(lab, "soup-113a"), arrive(lab, "soup-113b", subject="Dinner?")]
    folder = maildir(lab, "bob-laptop")
    mbsync(lab, folder)
    for path in [*folder.glob("new/*"), *folder.glob("cur/*")]:
        if messages[0].encode() in path.read_bytes():
            base = path.name.partition(":2,")[0]
            path.rename(folder / "cur" / f"{base}:2,ST")
    lab.wire_cannot_show("the device's own deletion does not pass the wire",
                         "User device and server", "User device", message=messages[0])
    mbsync(lab, folder)
    return messages


def offlineimap(lab):
    """the client offlineimap downloads INBOX and Trash"""
    message = arrive(lab, "soup-114")
    program = needs("offlineimap", "offlineimap3")
    home = lab.root / "offlineimap"
    home.mkdir(exist_ok=True)
    config = home / "rc"
    config.write_text(f"""
[general]
accounts = lab
metadata = {home}/meta
ui = quiet
[Account lab]
localrepository = local
remoterepository = remote
[Repository local]
type = Maildir
localfolders = {lab.device_folder("bob-laptop")}/mail
[Repository remote]
type = IMAP
remotehost = {SERVER}
remoteuser = bob
remotepass = {password('bob')}
ssl = no
starttls = no
""")
    lab.client("bob-laptop", program, "-o", "-c", config, env={**os.environ, "HOME": str(home)})
    return [message]


def mutt(lab, keys):
    """Run mutt on a terminal of its own and let it press these keys."""
    home = lab.root / "mutt"
    home.mkdir(exist_ok=True)
    (home / "rc").write_text(f"""
set imap_user=bob imap_pass={password('bob')}
set ssl_starttls=no ssl_force_tls=no
set imap_authenticators="login"
set folder=imap://{SERVER}/ spoolfile=imap://{SERVER}/INBOX record="" trash=""
set sleep_time=0 quit=yes delete=yes move=no mark_old=no confirmappend=no confirmcreate=no
set copy=no delete_untag=yes mbox_type=maildir header_cache="" save_empty=yes
push '{keys}'
""")
    maildir(lab, "bob-laptop", "saved")
    command = f"{needs('mutt')} -F {home}/rc"
    lab.client("bob-laptop", "timeout", MUTT_DONE, needs("script", "bsdutils"), "-qec", command,
               "/dev/null", stdin=open(os.devnull), check=False,
               env={**os.environ, "HOME": str(home), "TERM": "vt100"})


def mutt_save(lab):
    """the client mutt saves a message to a local folder, which deletes it on the server"""
    message = arrive(lab, "soup-115")
    folder = lab.device_folder("bob-laptop") / "saved"
    mutt(lab, f"<save-message>{folder}<enter><sync-mailbox><quit>")
    return [message]


def mutt_move(lab):
    """the client mutt saves a message to another folder of the server"""
    message = arrive(lab, "soup-116")
    mutt(lab, f"<save-message>imap://{SERVER}/Trash<enter><sync-mailbox><quit>")
    return [message]


def imapfilter(lab, rules):
    home = lab.root / "imapfilter"
    home.mkdir(exist_ok=True)
    (home / "rules.lua").write_text(f"""
options.starttls = false
options.subscribe = false
account = IMAP {{ server = '{SERVER}', username = 'bob', password = '{password('bob')}' }}
{rules}
""")
    lab.client("bob-laptop", needs("imapfilter"), "-c", home / "rules.lua",
               env={**os.environ, "HOME": str(home)})


def imapfilter_move(lab):
    """the client imapfilter moves what its rule matches to another folder"""
    messages = [arrive(lab, "soup-117a"), arrive(lab, "soup-117b", subject="Dinner?")]
    lab.wire_cannot_show("the session tells a UID and no Message-ID: the message moved cannot "
                         "be known as the one sent", "Email server", message=messages[1])
    imapfilter(lab, "account.INBOX:contain_subject('Dinner'):move_messages(account.Trash)")
    return messages


def imapfilter_delete(lab):
    """the client imapfilter deletes what its rule matches"""
    messages = [arrive(lab, "soup-118a"), arrive(lab, "soup-118b", subject="Dinner?")]
    lab.wire_cannot_show("the session tells a UID and no Message-ID: the message removed cannot "
                         "be known as the one sent", "Email server", message=messages[1])
    imapfilter(lab, "account.INBOX:contain_subject('Dinner'):delete_messages()")
    return messages


def two_recipients_one_fetches(lab):
    """the client swaks sends to two people; Bob fetches with mpop, Carol's copy stays"""
    message = send(lab, "soup-119", to="bob,carol")
    lab.wait_delivered(message, "bob")
    lab.wait_delivered(message, "carol")
    mpop(lab, keep=False)
    return [message]


SCENARIOS = [
    mpop_delete, mpop_keep, fetchmail_pop3, fetchmail_pop3_keep, fetchmail_imap,
    fetchmail_imap_keep, getmail_pop3_delete, getmail_pop3_keep, getmail_imap_delete, curl_pop3,
    curl_imap, curl_imap_append, mbsync_keep, mbsync_delete, offlineimap, mutt_save, mutt_move,
    imapfilter_move, imapfilter_delete, two_recipients_one_fetches,
]
