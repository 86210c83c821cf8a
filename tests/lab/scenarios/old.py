"""What the lab plays: each scenario is one capture with its truth.

A scenario takes the lab and returns the Message-IDs it is about.  Its first line of
documentation is what captures/README.md says of it.
"""

import subprocess

from lab import DOMAIN, PASSWORD, SERVER

SOUP = "Hello Bob,\n\nshall we have lunch at noon?\nThe soup is good.\n\nAnna\n"


def send(lab, name, to="bob", subject="Lunch?", options=(), check=True):
    """Anna's laptop sends one message with swaks; returns its Message-ID."""
    message_id = f"<{name}@anna-laptop.{DOMAIN}>"
    recipients = ",".join(f"{user}@{DOMAIN}" for user in to.split(","))
    outbox = lab.device_folder("anna-laptop") / f"outbox-{name}.eml"
    outbox.write_text(f"Message-Id: {message_id}\n\n{SOUP}")
    lab.client("anna-laptop", "swaks", "--server", SERVER, "--ehlo", f"anna-laptop.{DOMAIN}",
               "--from", f"anna@{DOMAIN}", "--to", recipients,
               "--header", f"Subject: {subject}", "--header", f"Message-Id: {message_id}",
               "--header", "X-Mailer: a mail program", "--body", SOUP, *options, check=check)
    return message_id


def maildir(lab, device):
    folder = lab.device_folder(device) / "inbox"
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


def mpop(lab, device, keep):
    folder = maildir(lab, device)
    lab.client(device, "mpop", f"--host={SERVER}", "--user=bob", "--auth=user", "--tls=off",
               f"--passwordeval=echo {PASSWORD.format(user='bob')}",
               f"--keep={'on' if keep else 'off'}", f"--delivery=maildir,{folder}",
               f"--uidls-file={folder.parent}/uidls", "--received-header=off")


def smtp_one_message(lab):
    """One message is sent; the server takes it over and delivers it."""
    message = send(lab, "soup-1")
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_pop3_delete(lab):
    """One message is sent, fetched by POP3 and deleted: from device to server to device."""
    message = send(lab, "soup-2")
    lab.wait_delivered(message, "bob")
    mpop(lab, "bob-laptop", keep=False)
    return [message]


def smtp_pop3_keep(lab):
    """One message is sent and fetched by POP3 twice, in two sessions; the server keeps it."""
    message = send(lab, "soup-3")
    lab.wait_delivered(message, "bob")
    mpop(lab, "bob-laptop", keep=True)
    mpop(lab, "bob-laptop", keep=True)
    return [message]


def pop3_dele_lost(lab):
    """RETR and DELE are accepted, then the connection is lost before QUIT: nothing is removed."""
    message = send(lab, "soup-4")
    lab.wait_delivered(message, "bob")
    lab.python("bob-laptop", """
pop = poplib.POP3(server, 110)
pop.user('bob'); pop.pass_(password.format(user='bob'))
pop.stat()
(folder / 'soup').write_bytes(b'\\n'.join(pop.retr(1)[1]))
pop.dele(1)
pop.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
pop.file.close(); pop.sock.close()
""")
    return [message]


def pop3_rset(lab):
    """Two messages are marked by DELE, RSET takes the marks back, one is marked again and QUIT removes it."""
    messages = [send(lab, "soup-5a"), send(lab, "soup-5b", subject="Dinner?")]
    for message in messages:
        lab.wait_delivered(message, "bob")
    lab.python("bob-laptop", """
pop = poplib.POP3(server, 110)
pop.user('bob'); pop.pass_(password.format(user='bob'))
pop.list(); pop.uidl()
pop.dele(1); pop.dele(2)
pop.rset()
(folder / 'soup').write_bytes(b'\\n'.join(pop.retr(1)[1]))
pop.dele(1)
pop.quit()
""")
    return messages


def imap_two_devices(lab):
    """One message is read by two IMAP devices, moved to Trash by one and expunged by the other."""
    message = send(lab, "soup-6")
    lab.wait_delivered(message, "bob")
    lab.python("bob-laptop", """
imap = imaplib.IMAP4(server)
imap.login('bob', password.format(user='bob'))
imap.select('INBOX')
imap.fetch('1', '(UID FLAGS ENVELOPE)')
(folder / 'soup').write_bytes(imap.fetch('1', '(BODY[])')[1][0][1])
imap.logout()
""")
    lab.python("bob-phone", """
imap = imaplib.IMAP4(server)
imap.login('bob', password.format(user='bob'))
imap.select('INBOX')
uid = imap.uid('SEARCH', 'ALL')[1][0].decode()
(folder / 'soup').write_bytes(imap.uid('FETCH', uid, '(FLAGS BODY.PEEK[])')[1][0][1])
imaplib.Commands['MOVE'] = ('SELECTED',)
imap.uid('MOVE', uid, 'Trash')
imap.logout()
""")
    lab.python("bob-laptop", """
imap = imaplib.IMAP4(server)
imap.login('bob', password.format(user='bob'))
imap.select('Trash')
imap.fetch('1:*', '(UID FLAGS BODY.PEEK[HEADER])')
imap.store('1', '+FLAGS', '(\\\\Deleted)')
imap.expunge()
imap.close()
imap.logout()
""")
    return [message]


def imap_mark_kept(lab):
    """A message gets the mark \\Deleted, and LOGOUT follows without EXPUNGE: it stays."""
    message = send(lab, "soup-7")
    lab.wait_delivered(message, "bob")
    lab.python("bob-laptop", """
imap = imaplib.IMAP4(server)
imap.login('bob', password.format(user='bob'))
imap.select('INBOX')
imap.fetch('1', '(FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT MESSAGE-ID)])')
imap.store('1', '+FLAGS.SILENT', '(\\\\Deleted)')
imap.logout()
""")
    return [message]


def imap_append_copy(lab):
    """A draft is uploaded by APPEND, copied to another folder, and the first copy is expunged."""
    lab.python("anna-laptop", f"""
imap = imaplib.IMAP4(server)
imap.login('anna', password.format(user='anna'))
imap.create('Drafts')
text = (b'From: anna@{DOMAIN}\\r\\nTo: bob@{DOMAIN}\\r\\nSubject: Draft\\r\\n'
        b'Message-Id: <draft-8@anna-laptop.{DOMAIN}>\\r\\n\\r\\nThe soup is good.\\r\\n')
imap.append('Drafts', '(\\\\Draft)', None, text)
imap.select('Drafts')
imap.copy('1', 'Sent')
imap.store('1', '+FLAGS', '(\\\\Deleted)')
imap.expunge()
imap.logout()
""")
    return [f"<draft-8@anna-laptop.{DOMAIN}>"]


def imap_idle(lab):
    """A device waits in IDLE and is told of a new message while it is sent."""
    watcher = subprocess.Popen(lab.inside("bob-phone", "python3", "-c", f"""
import socket, pathlib
s = socket.create_connection(({SERVER!r}, 143)); f = s.makefile('rb')
def until(start):
    while True:
        line = f.readline()
        if line.startswith(start): return line
f.readline()
s.sendall(b'a1 LOGIN bob {PASSWORD.format(user="bob")}\\r\\n'); until(b'a1')
s.sendall(b'a2 SELECT INBOX\\r\\n'); until(b'a2')
s.sendall(b'a3 IDLE\\r\\n'); until(b'+')
print('idle', flush=True)
line = b''
while b'EXISTS' not in line: line = f.readline()
s.sendall(b'DONE\\r\\n'); until(b'a3')
s.sendall(b'a4 FETCH * (UID BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID)])\\r\\n'); until(b'a4')
s.sendall(b'a5 LOGOUT\\r\\n'); until(b'a5')
"""), stdout=subprocess.PIPE, text=True)
    watcher.stdout.readline()
    message = send(lab, "soup-9")
    lab.wait_delivered(message, "bob")
    watcher.wait(timeout=60)
    return [message]


def smtp_recipient_refused(lab):
    """One message to three people: one recipient is refused, two are accepted."""
    message = send(lab, "soup-10", to="bob,nobody,carol", check=False)
    lab.wait_delivered(message, "bob")
    lab.wait_delivered(message, "carol")
    return [message]


def smtp_starttls(lab):
    """STARTTLS is accepted: from there on the capture cannot tell what happens."""
    message = send(lab, "soup-11", options=("--tls",))
    lab.wait_delivered(message, "bob")
    return [message]


def smtp_pipelining(lab):
    """The envelope travels in one segment (PIPELINING), the replies come together."""
    message = send(lab, "soup-12", to="bob,carol", options=("--pipeline",))
    lab.wait_delivered(message, "bob")
    lab.wait_delivered(message, "carol")
    return [message]


def smtp_bdat_imap(lab):
    """The text travels in two BDAT chunks; the recipient downloads it by IMAP and keeps it there."""
    message = f"<soup-13@anna-laptop.{DOMAIN}>"
    lab.python("anna-laptop", f"""
smtp = smtplib.SMTP(server, 25, 'anna-laptop.{DOMAIN}')
smtp.ehlo()
smtp.mail('anna@{DOMAIN}'); smtp.rcpt('bob@{DOMAIN}')
head = (b'From: anna@{DOMAIN}\\r\\nTo: bob@{DOMAIN}\\r\\nSubject: Lunch in pieces\\r\\n'
        b'Message-Id: {message}\\r\\n\\r\\n')
body = b'The soup is good.\\r\\n.\\r\\nA dot alone ends nothing here.\\r\\n'
smtp.send(b'BDAT %d\\r\\n' % len(head) + head); smtp.getreply()
smtp.send(b'BDAT %d LAST\\r\\n' % len(body) + body); smtp.getreply()
smtp.quit()
""")
    lab.wait_delivered(message, "bob")
    folder = maildir(lab, "bob-laptop")
    config = lab.root / "mbsyncrc"
    config.write_text(f"""
IMAPAccount lab
Host {SERVER}
User bob
Pass {PASSWORD.format(user='bob')}
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
SyncState *
""")
    lab.client("bob-laptop", "mbsync", "-c", config, "inbox")
    return [message]


def smtp_all_refused(lab):
    """The message is refused: the only recipient is unknown, so the sender keeps it."""
    return [send(lab, "soup-14", to="nobody", check=False)]


SCENARIOS = [
    smtp_one_message, smtp_pop3_delete, smtp_pop3_keep, pop3_dele_lost, pop3_rset,
    imap_two_devices, imap_mark_kept, imap_append_copy, imap_idle, smtp_recipient_refused,
    smtp_starttls, smtp_pipelining, smtp_bdat_imap, smtp_all_refused,
]
