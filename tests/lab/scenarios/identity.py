"""Which message is it?  Copies, doubles, names that differ, and ways to read it all."""

from scenarios.common import AUTHOR, arrive, imap, letter, mail_to, pop3, send, smtp
from scenarios.imap import DELETED


def sent_twice(lab):
    """the same message is sent twice to the same person: two copies, of which one is deleted"""
    message = arrive(lab, "soup-170")
    arrive(lab, "soup-170")
    lab.wait(lambda: len([1 for found in lab.dovecot.copies() if found[0] == message]) == 2,
             "two copies")
    lab.snapshot("both delivered")
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.dele(1)
        pop.quit()
    """)
    return [message]


def two_envelopes(lab):
    """one message in two transactions: one recipient is accepted, the other one refused"""
    message = arrive(lab, "soup-171")
    send(lab, "soup-171", to="nobody", check=False)
    return [message]


def one_deferred(lab):
    """of two recipients one is deferred; the client sends to him once more"""
    lab.policy.add("450 4.7.1 come back later", times=1, protocol_state="RCPT",
                   recipient=mail_to("carol"))
    text = letter("soup-172", to="bob,carol")
    message = lab.compose("anna-laptop", "soup-172", text)
    device = smtp(lab)
    device.quietly(f"text = {text.encode()!r}")
    device.do(f"smtp.sendmail('{AUTHOR}', ['{mail_to('bob')}', '{mail_to('carol')}'], text)")
    lab.wait_delivered(message, "bob")
    device.do(f"smtp.sendmail('{AUTHOR}', ['{mail_to('carol')}'], text)")
    device.do("smtp.quit()")
    lab.wait_delivered(message, "carol")
    return [message]


def no_uidl(lab):
    """two POP3 sessions without UIDL: the text itself tells that it is the same message"""
    message = arrive(lab, "soup-173")
    pop3(lab).all("""
        keep('soup', pop.retr(1))
        pop.quit()
    """)
    pop3(lab).all("""
        pop.retr(1)
        pop.dele(1)
        pop.quit()
    """)
    return [message]


def top_then_dele(lab):
    """the second session knows the message by its header only (TOP), and deletes it"""
    message = arrive(lab, "soup-174")
    pop3(lab).all("""
        keep('soup', pop.retr(1))
        pop.quit()
    """)
    pop3(lab).all("""
        pop.top(1, 0)
        pop.dele(1)
        pop.quit()
    """)
    return [message]


def two_names(lab):
    """one account by two names: `bob` in POP3, `bob@alpha.lab` in IMAP"""
    message = arrive(lab, "soup-175")
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.quit()
    """)
    device = lab.device("bob-phone")
    device.quietly("imap = imaplib.IMAP4(server, timeout=30)")
    device.do(f"imap.login('{mail_to('bob')}', password('bob'))")
    device.do("imap.select('INBOX')")
    device.do("imap.fetch('1', '(UID ENVELOPE)')")
    device.do(f"imap.store('1', '+FLAGS', {DELETED})")
    device.do("imap.expunge()")
    device.do("imap.logout()")
    return [message]


def capital_name(lab):
    """one account by `bob` and by `BOB`"""
    message = arrive(lab, "soup-176")
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.quit()
    """)
    device = lab.device("bob-phone")
    device.quietly("pop = poplib.POP3(server, 110, timeout=30)")
    device.do("pop.user('BOB')")
    device.do("pop.pass_(password('bob'))")
    device.do("pop.uidl()")
    device.do("pop.dele(1)")
    device.do("pop.quit()")
    return [message]


def folder_anew(lab):
    """a folder is deleted and made anew (another UIDVALIDITY, the same UIDs)"""
    messages = [arrive(lab, "soup-177a"), arrive(lab, "soup-177b", subject="Dinner?")]
    imap(lab).all(f"""
        imap.select('INBOX')
        imap.fetch('1:2', '(UID ENVELOPE)')
        imap.create('Soups')
        imap.uid('MOVE', '1', 'Soups')
        imap.select('Soups')
        imap.fetch('1', '(UID FLAGS)')
        imap.select('INBOX')
        imap.delete('Soups')
        imap.create('Soups')
        imap.uid('MOVE', '2', 'Soups')
        imap.select('Soups')
        keep('dinner', imap.fetch('1', '(UID BODY.PEEK[])'))
        imap.store('1', '+FLAGS', {DELETED})
        imap.close()
        imap.logout()
    """)
    return messages


def sent_on(lab):
    """Bob sends the message on to Anna unchanged (Resent-To); Anna deletes hers unread"""
    message = arrive(lab, "soup-178")
    device = pop3(lab)
    device.do("pop.uidl()")
    device.do("keep('soup', pop.retr(1))")
    device.do("pop.quit()")
    device.quietly("text = (folder / 'soup').read_bytes()")
    device.quietly(f"text = b'Resent-From: {mail_to('bob')}\\r\\nResent-To: {AUTHOR}\\r\\n' + text")
    device.quietly("smtp = smtplib.SMTP(server, 25, 'bob-laptop', timeout=30)")
    device.do(f"smtp.sendmail('{mail_to('bob')}', '{AUTHOR}', text)")
    device.do("smtp.quit()")
    lab.wait_delivered(message, "anna")
    pop3(lab, host="anna-laptop", user="anna").all("""
        pop.uidl()
        pop.top(1, 0)
        pop.dele(1)
        pop.quit()
    """)
    return [message]


def everybody_deletes(lab):
    """two people fetch the message and delete it: it is on two devices and on no server"""
    message = arrive(lab, "soup-179", to="bob,carol")
    for host, user in (("bob-laptop", "bob"), ("bob-phone", "carol")):
        pop3(lab, host=host, user=user).all("""
            pop.uidl()
            keep('soup', pop.retr(1))
            pop.dele(1)
            pop.quit()
        """)
    return [message]


def top_all(lab):
    """TOP with more lines than there are brings the whole text"""
    message = arrive(lab, "soup-180")
    pop3(lab).all("""
        pop.list()
        keep('soup', pop.top(1, 9999))
        pop.quit()
    """)
    return [message]


def fetch_parts(lab):
    """BODY[TEXT] and BODY[1] are parts; RFC822 is the whole"""
    message = arrive(lab, "soup-181")
    imap(lab, folder="INBOX").all("""
        imap.fetch('1', '(UID ENVELOPE BODYSTRUCTURE)')
        imap.fetch('1', '(BODY.PEEK[TEXT])')
        imap.fetch('1', '(BODY.PEEK[1])')
        keep('soup', imap.fetch('1', '(RFC822)'))
        imap.logout()
    """)
    return [message]


def fetch_old_items(lab):
    """RFC822.HEADER and RFC822.TEXT in one command: together the whole"""
    message = arrive(lab, "soup-182")
    imap(lab, folder="INBOX").all("""
        keep('soup', imap.fetch('1', '(UID RFC822.HEADER RFC822.TEXT)'))
        imap.logout()
    """)
    return [message]


def fetch_one_slice(lab):
    """a slice that is longer than the message brings the whole"""
    message = arrive(lab, "soup-183")
    imap(lab, folder="INBOX").all("""
        keep('soup', imap.fetch('1', '(UID RFC822.SIZE BODY.PEEK[]<0.65536>)'))
        imap.logout()
    """)
    return [message]


def fetch_many(lab):
    """one FETCH of three whole messages, one of them large"""
    body = "Peas and beans and leeks and salt.\n" * 800 + "The soup is good.\n"
    messages = [arrive(lab, "soup-184a"), arrive(lab, "soup-184b", body=body),
                arrive(lab, "soup-184c")]
    device = imap(lab, folder="INBOX")
    device.quietly("found = imap.fetch('1:3', '(UID BODY.PEEK[])')")
    device.all("""
        [keep(f'soup-{i}', part[1]) for i, part in enumerate(found[1]) if isinstance(part, tuple)]
        imap.logout()
    """)
    return messages


def large_message(lab):
    """a text of many packets, sent and fetched by POP3"""
    body = "Peas and beans and leeks and salt.\n" * 1000 + "The soup is good.\n"
    message = arrive(lab, "soup-185", body=body)
    pop3(lab).all("""
        pop.uidl()
        keep('soup', pop.retr(1))
        pop.dele(1)
        pop.quit()
    """)
    return [message]


SCENARIOS = [
    sent_twice, two_envelopes, one_deferred, no_uidl, top_then_dele, two_names, capital_name,
    folder_anew, sent_on, everybody_deletes, top_all, fetch_parts, fetch_old_items,
    fetch_one_slice, fetch_many, large_message,
]
