"""LMTP: the last hop, with one reply for each recipient."""

import dovecot
from scenarios.common import AUTHOR, DOMAIN, Missing, letter, mail_to, pop3


def lmtp(lab, name, to):
    """A device with an LMTP connection to Dovecot, and a message to deliver."""
    if not dovecot.LMTP.exists():
        raise Missing("dovecot-lmtpd")
    text = letter(name, to=to)
    message = lab.compose("anna-laptop", name, text)
    device = lab.device("anna-laptop")
    device.quietly(f"lmtp = smtplib.LMTP(server, 24, 'anna-laptop.{DOMAIN}')")
    device.quietly("lmtp.ehlo()")
    device.quietly(f"text = {text.encode()!r}")
    return device, message


def lmtp_delivery(lab):
    """LMTP delivers straight into a mailbox; fetched by POP3 and deleted"""
    device, message = lmtp(lab, "soup-140", "bob")
    device.all(f"""
        lmtp.mail('{AUTHOR}')
        lmtp.rcpt('{mail_to("bob")}')
        lmtp.docmd('DATA')
        lmtp.sock.sendall(text)
        (lmtp.sock.sendall(b'.\\r\\n'), lmtp.getreply())
        lmtp.quit()
    """)
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.dele(1)
        pop.quit()
    """)
    return [message]


def lmtp_two_recipients(lab):
    """two recipients are accepted, a third is refused: two replies follow the dot"""
    device, message = lmtp(lab, "soup-141", "bob,nobody,carol")
    device.do(f"lmtp.mail('{AUTHOR}')")
    for user in ("bob", "nobody", "carol"):
        device.do(f"lmtp.rcpt('{mail_to(user)}')")
    device.do("lmtp.docmd('DATA')")
    device.do("(lmtp.sock.sendall(text + b'.\\r\\n'), lmtp.getreply(), lmtp.getreply())")
    device.do("lmtp.quit()")
    return [message]


def lmtp_all_refused(lab):
    """no recipient is accepted: DATA is refused"""
    lab.wire_cannot_show("no text passes the wire, so no Message-ID does", None)
    device, message = lmtp(lab, "soup-142", "nobody")
    device.do(f"lmtp.mail('{AUTHOR}')")
    device.do(f"lmtp.rcpt('{mail_to('nobody')}')")
    device.do("lmtp.docmd('DATA')")
    device.do("lmtp.quit()")
    return [message]


SCENARIOS = [lmtp_delivery, lmtp_two_recipients, lmtp_all_refused]
