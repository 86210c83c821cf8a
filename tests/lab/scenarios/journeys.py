"""Whole journeys: from one person to another, over several protocols and servers."""

from scenarios.common import (AUTHOR, SERVER2, arrive, imap, letter, mail_to, pop3,
                              quit_courier, send, smtp)
from scenarios.imap import DELETED
from scenarios.programs import mbsync, maildir, mpop


def smtp_pop3_delete(lab):
    """sent, fetched by POP3 and deleted: from device to server to device"""
    message = arrive(lab, "soup-2")
    mpop(lab, keep=False)
    return [message]


def smtp_pop3_keep(lab):
    """sent, and fetched by POP3 in the first of two sessions; nobody asks for removal"""
    message = arrive(lab, "soup-3")
    mpop(lab, keep=True)
    mpop(lab, keep=True)
    return [message]


def smtp_bdat_imap(lab):
    """the text in two BDAT chunks; downloaded by IMAP and kept"""
    text = letter("soup-13", subject="Lunch in pieces",
                  body="The soup is good.\n.\nA dot alone ends nothing here.\n").encode()
    message = lab.compose("anna-laptop", "soup-13", text)
    device = smtp(lab)
    device.quietly(f"text = {text!r}")
    device.all(f"""
        smtp.mail('{AUTHOR}')
        smtp.rcpt('{mail_to("bob")}')
        (smtp.send(b'BDAT 60\\r\\n' + text[:60]), smtp.getreply())
        (smtp.send(b'BDAT %d LAST\\r\\n' % len(text[60:]) + text[60:]), smtp.getreply())
        smtp.quit()
    """)
    lab.wait_delivered(message, "bob")
    mbsync(lab, maildir(lab, "bob-laptop"))
    return [message]


def journey_trash(lab):
    """sent, read on two IMAP devices, moved to Trash on one, expunged there on the other"""
    message = arrive(lab, "soup-120")
    first = imap(lab)
    second = imap(lab, host="bob-phone")
    first.do("imap.select('INBOX')")
    first.do("keep('soup', imap.fetch('1', '(UID BODY.PEEK[])'))")
    second.do("imap.select('INBOX')")
    second.do("imap.fetch('1', '(UID FLAGS BODY.PEEK[HEADER])')")
    second.do("imap.uid('COPY', '1', 'Trash')")
    second.do(f"imap.uid('STORE', '1', '+FLAGS', {DELETED})")
    second.do("imap.expunge()")
    first.do("imap.noop()")
    first.do("imap.select('Trash')")
    first.do("imap.fetch('1', '(UID ENVELOPE)')")
    first.do(f"imap.store('1', '+FLAGS', {DELETED})")
    first.do("imap.close()")
    first.do("imap.logout()")
    second.do("imap.logout()")
    return [message]


def journey_pop3_and_imap(lab):
    """one mailbox by POP3 and IMAP: the laptop removes by POP3, the phone in IMAP is told"""
    messages = [arrive(lab, "soup-121a"), arrive(lab, "soup-121b", subject="Dinner?")]
    phone = imap(lab, host="bob-phone", folder="INBOX")
    phone.do("imap.fetch('1:*', '(UID FLAGS ENVELOPE)')")
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.dele(1)
        pop.quit()
    """)
    phone.do("imap.noop()")
    phone.do("keep('dinner', imap.fetch('1', '(UID BODY.PEEK[])'))")
    phone.do("imap.logout()")
    return messages


def journey_imap_then_pop3(lab):
    """marked by IMAP (the mark stays), then removed by POP3"""
    message = arrive(lab, "soup-122")
    phone = imap(lab, host="bob-phone", folder="INBOX")
    phone.do("imap.fetch('1', '(UID ENVELOPE)')")
    phone.do(f"imap.store('1', '+FLAGS', {DELETED})")
    phone.do("imap.logout()")
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.quit()
    """)
    pop3(lab).all("""
        pop.uidl()
        pop.dele(1)
        pop.quit()
    """)
    return [message]


def journey_draft(lab):
    """a draft is saved on the laptop, sent from the phone, and filed in Sent"""
    text = letter("draft-123", to="anna", author="bob", device="bob-laptop").encode()
    message = lab.compose("bob-laptop", "draft-123", text)
    laptop = imap(lab)
    laptop.quietly(f"text = {text!r}")
    laptop.all(r"""
        imap.create('Drafts')
        imap.append('Drafts', r'(\Draft)', None, text)
        imap.logout()
    """)
    phone = imap(lab, host="bob-phone")
    phone.do("imap.select('Drafts')")
    phone.do("keep('draft', imap.fetch('1', '(UID BODY.PEEK[])'))")
    phone.quietly(f"text = {text!r}")
    phone.quietly("smtp = smtplib.SMTP(server, 25, 'bob-phone', timeout=30)")
    phone.do(f"smtp.sendmail('{mail_to('bob')}', '{mail_to('anna')}', text)")
    phone.do("smtp.quit()")
    lab.wait_delivered(message, "anna")
    phone.do(r"imap.append('Sent', r'(\Seen)', None, text)")
    phone.do(f"imap.store('1', '+FLAGS', {DELETED})")
    phone.do("imap.expunge()")
    phone.do("imap.logout()")
    return [message]


def journey_relay(lab):
    """from server to server: Postfix takes the message and hands it to Exim"""
    lab.start_second()
    message = arrive(lab, "soup-124", to="dora")
    return [message]


def journey_relay_pop3(lab):
    """relayed from Postfix to Exim, fetched from Courier by POP3 and deleted"""
    lab.start_second()
    message = arrive(lab, "soup-125", to="dora")
    device = pop3(lab, host="dora-laptop", user="dora")
    device.do("pop.uidl()")
    device.do("keep('soup', pop.retr(1))")
    device.do("pop.dele(1)")
    quit_courier(lab, device)
    return [message]


def journey_relay_back(lab):
    """from Exim to Postfix, in BDAT; two recipients, one on each server"""
    lab.start_second()
    message = send(lab, "soup-126", to="dora,bob", server=SERVER2)
    lab.wait_delivered(message, "dora")
    lab.wait_delivered(message, "bob")
    return [message]


def journey_whole(lab):
    """over two servers to one mailbox; fetched by POP3 and by IMAP, expunged, missed by POP3"""
    lab.start_second()
    phone = imap(lab, host="bob-phone", folder="INBOX")
    message = send(lab, "soup-133", server=SERVER2)
    lab.wait_delivered(message, "bob")
    phone.do("imap.noop()")
    phone.do("imap.fetch('1', '(UID FLAGS BODY.PEEK[HEADER])')")
    laptop = pop3(lab)
    laptop.do("pop.stat()")
    laptop.do("pop.uidl()")
    laptop.do("keep('soup', pop.retr(1))")
    laptop.do("pop.quit()")
    phone.do("keep('soup', imap.fetch('1', '(BODY[])'))")
    phone.do(f"imap.store('1', '+FLAGS', {DELETED})")
    phone.do("imap.expunge()")
    phone.do("imap.logout()")
    laptop = pop3(lab)
    laptop.do("pop.stat()")
    laptop.do("pop.uidl()")
    laptop.do("pop.quit()")
    return [message]


def journey_relay_waits(lab):
    """the second server is away: the message waits in the first one's queue, then goes on"""
    lab.start_second()
    lab.network.silence("mx", "mx2")
    message = send(lab, "soup-127", to="dora")
    lab.wait(lambda: lab.in_queue(message, "deferred"), "a deferred message")
    lab.snapshot("deferred")
    lab.network.unsilence("mx", "mx2")
    lab.postfix.flush()
    lab.wait_delivered(message, "dora")
    return [message]


def journey_bounce(lab):
    """the second server refuses the recipient: the first one gives up and sends a report"""
    lab.start_second()
    message = send(lab, "soup-128", to="zoe@beta.lab")
    lab.wire_cannot_show("that the server gives up is not on the wire", "Email server",
                         message=message)
    lab.wait(lambda: any(found[1] == "anna" for found in lab.dovecot.copies()), "a report")
    lab.wait(lambda: not lab.truth(message)["server"], "an empty queue")
    lab.snapshot("the report is delivered")
    return [message]


def journey_reply(lab):
    """two messages to and fro, each fetched and deleted by POP3"""
    first = arrive(lab, "soup-129")
    mpop(lab, keep=False)
    text = letter("answer-129", to="anna", author="bob", device="bob-laptop",
                  subject="Re: Lunch?")
    second = lab.compose("bob-laptop", "answer-129", text)
    device = smtp(lab, host="bob-laptop")
    device.quietly(f"text = {text.encode()!r}")
    device.do(f"smtp.sendmail('{mail_to('bob')}', '{AUTHOR}', text)")
    device.do("smtp.quit()")
    lab.wait_delivered(second, "anna")
    pop3(lab, host="anna-laptop", user="anna").all("""
        keep('answer', pop.retr(1))
        pop.dele(1)
        pop.quit()
    """)
    return [first, second]


def journey_same_subject(lab):
    """two messages with the same subject and text: only their Message-IDs tell them apart"""
    messages = [arrive(lab, "soup-130a"), arrive(lab, "soup-130b")]
    pop3(lab).all("""
        keep('soup', pop.retr(2))
        pop.dele(2)
        pop.quit()
    """)
    return messages


def journey_interrupted(lab):
    """sending, fetching and deleting, each interrupted once and done again"""
    text = letter("soup-131").encode()
    message = lab.compose("anna-laptop", "soup-131", text)
    device = smtp(lab)
    device.quietly(f"text = {text!r}")
    device.do(f"smtp.mail('{AUTHOR}')")
    device.do(f"smtp.rcpt('{mail_to('bob')}')")
    device.do("smtp.docmd('DATA')")
    device.do("smtp.sock.sendall(text[:-50])")
    device.do("lose(smtp)")
    device = smtp(lab)
    device.quietly(f"text = {text!r}")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    device.do("lose(smtp)")
    lab.wait_delivered(message, "bob")
    device = pop3(lab)
    device.do("pop.uidl()")
    device.do("keep('soup', pop.retr(1))")
    device.do("pop.dele(1)")
    device.do("lose(pop)")
    device = imap(lab, host="bob-phone", folder="INBOX")
    device.do("imap.fetch('1', '(UID ENVELOPE)')")
    device.do(f"imap.store('1', '+FLAGS', {DELETED})")
    device.do("lose(imap)")
    pop3(lab).all("""
        pop.uidl()
        pop.dele(1)
        pop.quit()
    """)
    return [message]


SCENARIOS = [
    smtp_pop3_delete, smtp_pop3_keep, smtp_bdat_imap, journey_trash, journey_pop3_and_imap,
    journey_imap_then_pop3, journey_draft, journey_relay, journey_relay_pop3, journey_relay_back,
    journey_whole,
    journey_relay_waits, journey_bounce, journey_reply, journey_same_subject,
    journey_interrupted,
]
