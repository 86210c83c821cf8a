"""What scenarios share: the text they send, and how programs are called."""

import shutil

from lab import DOMAIN, DOMAIN2, PASSWORD, SERVER, SERVER2, USERS
from network import address
from unpacked import Missing

SOUP = "Hello Bob,\n\nshall we have lunch at noon?\nThe soup is good.\n\nAnna\n"
AUTHOR = f"anna@{DOMAIN}"


def needs(program, package=None):
    """The path of a client program, or Missing with the name of its package."""
    path = shutil.which(program)
    if path is None:
        raise Missing(package or program)
    return path


def mail_to(user):
    """A user's address; his server."""
    if '@' in user:
        return user
    return f"{user}@{DOMAIN if user in USERS or user not in ('dora', 'emil') else DOMAIN2}"


def letter(name, to="bob", subject="Lunch?", body=SOUP, author="anna", device="anna-laptop"):
    """The text of a message, lines ended by CR LF."""
    message_id = f"<{name}@{device}.{DOMAIN}>"
    people = ", ".join(mail_to(user) for user in to.split(","))
    head = (f"Date: Fri, 20 Nov 2026 12:00:00 +0000\nFrom: {mail_to(author)}\nTo: {people}\n"
            f"Subject: {subject}\nMessage-Id: {message_id}\n\n")
    return (head + body).replace("\n", "\r\n")


def send(lab, name, to="bob", subject="Lunch?", options=(), check=True, server=SERVER, body=SOUP):
    """Anna's laptop sends one message with swaks; returns its Message-ID."""
    needs("swaks")
    text = letter(name, to=to, subject=subject, body=body)
    message_id = lab.compose("anna-laptop", name, text)
    data = lab.device_folder("anna-laptop") / f"outbox-{name}.eml"
    recipients = ",".join(mail_to(user) for user in to.split(","))
    lab.client("anna-laptop", "swaks", "--server", server, "--ehlo", f"anna-laptop.{DOMAIN}",
               "--from", AUTHOR, "--to", recipients, "--data", f"@{data}", *options, check=check)
    return message_id


def arrive(lab, name, to="bob", **options):
    """A message is sent and lies in the mailboxes of its recipients."""
    message_id = send(lab, name, to=to, **options)
    for user in to.split(","):
        lab.wait_delivered(message_id, user)
    return message_id


def maildir(lab, device, name="inbox"):
    folder = lab.device_folder(device) / name
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    return folder


def password(user):
    return PASSWORD.format(user=user)


def server_of(user):
    return address("mx2") if user in ("dora", "emil") else address("mx")


def pop3(lab, host="bob-laptop", user="bob"):
    """A device with a POP3 session of this user."""
    device = lab.device(host, server_of(user))
    device.quietly("pop = poplib.POP3(server, 110, timeout=30)")
    device.quietly(f"pop.user({user!r})")
    device.quietly(f"pop.pass_(password({user!r}))")
    return device


def quit_courier(lab, device):
    """QUIT at Courier, which answers first and removes afterwards."""
    device.quietly("pop.quit()")
    lab.wait(lambda: not lab.sessions("courierpop3d", "mx2"), "the end of Courier's session")
    lab.snapshot(f"{device.host}: pop.quit()")


def imap(lab, host="bob-laptop", user="bob", folder=None):
    """A device with an IMAP session of this user."""
    device = lab.device(host, server_of(user))
    device.quietly("imap = imaplib.IMAP4(server, timeout=30)")
    device.quietly(f"imap.login({user!r}, password({user!r}))")
    if folder:
        device.quietly(f"imap.select({folder!r})")
    return device


def smtp(lab, host="anna-laptop", server=SERVER, port=25):
    """A device with an open SMTP connection that has said EHLO."""
    device = lab.device(host, server)
    device.quietly(f"smtp = smtplib.SMTP(server, {port}, '{host}.{DOMAIN}', timeout=30)")
    device.quietly("smtp.ehlo()")
    return device


__all__ = ["AUTHOR", "DOMAIN", "DOMAIN2", "SERVER", "SERVER2", "SOUP", "Missing", "address",
           "arrive", "imap", "letter", "mail_to", "maildir", "needs", "password", "pop3",
           "send",            "quit_courier", "server_of", "smtp"]
