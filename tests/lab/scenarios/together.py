"""Several sessions at the same time: who removes what, and whose numbers still hold."""

from scenarios.common import AUTHOR, SERVER2, arrive, imap, letter, mail_to, pop3, smtp
from scenarios.imap import DELETED
from scenarios.imap_extensions import three


def two_transactions_interleaved(lab):
    """two devices send at the same time, step by step in turn"""
    texts = [letter("soup-220a").encode(),
             letter("soup-220b", to="carol", author="bob", device="bob-laptop").encode()]
    messages = [lab.compose("anna-laptop", "soup-220a", texts[0]),
                lab.compose("bob-laptop", "soup-220b", texts[1])]
    one, two = smtp(lab), smtp(lab, host="bob-laptop")
    one.quietly(f"text = {texts[0]!r}")
    two.quietly(f"text = {texts[1]!r}")
    one.do(f"smtp.mail('{AUTHOR}')")
    two.do(f"smtp.mail('{mail_to('bob')}')")
    two.do(f"smtp.rcpt('{mail_to('carol')}')")
    one.do(f"smtp.rcpt('{mail_to('bob')}')")
    one.do("smtp.docmd('DATA')")
    two.do("(smtp.send(b'BDAT %d LAST\\r\\n' % len(text) + text), smtp.getreply())")
    one.do("(smtp.sock.sendall(text + b'.\\r\\n'), smtp.getreply())")
    one.do("smtp.quit()")
    two.do("smtp.quit()")
    lab.wait_delivered(messages[0], "bob")
    lab.wait_delivered(messages[1], "carol")
    return messages


def both_expunge(lab):
    """two devices mark the same message, and both say EXPUNGE"""
    messages = three(lab, 221)
    first, second = (imap(lab, host=host, folder="INBOX") for host in ("bob-laptop", "bob-phone"))
    first.do("imap.fetch('1:*', '(UID ENVELOPE)')")
    second.do("imap.fetch('1:*', '(UID ENVELOPE)')")
    first.do(f"imap.store('2', '+FLAGS', {DELETED})")
    second.do(f"imap.store('2', '+FLAGS', {DELETED})")
    first.do("imap.expunge()")
    second.do("imap.expunge()")
    first.do("imap.logout()")
    second.do("imap.logout()")
    return messages


def old_numbers(lab):
    """a device that has not been told of an EXPUNGE goes on with its old numbers"""
    messages = three(lab, 222)
    first, second = (imap(lab, host=host, folder="INBOX") for host in ("bob-laptop", "bob-phone"))
    first.do("imap.fetch('1:*', '(UID ENVELOPE)')")
    second.do("imap.fetch('1:*', '(UID FLAGS)')")
    first.do(f"imap.store('1', '+FLAGS', {DELETED})")
    first.do("imap.expunge()")
    second.do(f"imap.store('3', '+FLAGS.SILENT', {DELETED})")
    second.do("imap.expunge()")
    second.do("imap.fetch('1', '(UID FLAGS)')")
    first.do("imap.noop()")
    first.do("imap.logout()")
    second.do("imap.logout()")
    return messages


def gone_meanwhile(lab):
    """a device fetches, stores and copies a message that another one has just expunged"""
    messages = three(lab, 223)
    first, second = (imap(lab, host=host, folder="INBOX") for host in ("bob-laptop", "bob-phone"))
    first.do("imap.fetch('1:*', '(UID ENVELOPE)')")
    second.do("imap.fetch('1:*', '(UID FLAGS)')")
    first.do(f"imap.store('1', '+FLAGS', {DELETED})")
    first.do("imap.expunge()")
    second.do("imap.uid('STORE', '1', '+FLAGS', r'(\\Flagged)')")
    second.do("imap.uid('COPY', '1', 'Trash')", fails=True)
    second.do("imap.uid('FETCH', '1', '(BODY.PEEK[])')", fails=True)
    second.do("imap.noop()")
    second.do("imap.uid('MOVE', '2', 'Trash')")
    first.do("imap.noop()")
    first.do("imap.logout()")
    second.do("imap.logout()")
    return messages


def removed_under_pop3(lab):
    """a POP3 session is open while IMAP expunges one of its messages"""
    messages = [arrive(lab, "soup-224a"), arrive(lab, "soup-224b", subject="Dinner?")]
    pop = pop3(lab)
    pop.do("pop.uidl()")
    phone = imap(lab, host="bob-phone", folder="INBOX")
    phone.do("imap.fetch('1:*', '(UID ENVELOPE)')")
    phone.do(f"imap.store('1', '+FLAGS', {DELETED})")
    phone.do("imap.expunge()")
    pop.do("pop.retr(1)", fails=True)
    pop = pop3(lab)
    pop.do("pop.uidl()")
    pop.do("keep('dinner', pop.retr(1))")
    pop.do("pop.dele(1)")
    pop.do("pop.quit()")
    phone.do("imap.noop()")
    phone.do("imap.logout()")
    return messages


def moved_under_pop3(lab):
    """a message with a POP3 mark is moved to Trash by IMAP; QUIT finds nothing to remove"""
    message = arrive(lab, "soup-225")
    pop = pop3(lab)
    pop.do("pop.uidl()")
    pop.do("keep('soup', pop.retr(1))")
    pop.do("pop.dele(1)")
    phone = imap(lab, host="bob-phone", folder="INBOX")
    phone.do("imap.fetch('1', '(UID ENVELOPE)')")
    phone.do("imap.uid('MOVE', '1', 'Trash')")
    pop.do("pop.quit()", fails=True)
    phone.do("imap.select('Trash')")
    phone.do("imap.logout()")
    return [message]


def marked_is_copied(lab):
    """a marked message is copied and moved: its copies keep the mark"""
    messages = [arrive(lab, "soup-226a"), arrive(lab, "soup-226b", subject="Dinner?")]
    imap(lab, folder="INBOX").all(f"""
        imap.fetch('1:*', '(UID ENVELOPE)')
        imap.store('1:2', '+FLAGS', {DELETED})
        imap.uid('COPY', '1', 'Trash')
        imap.uid('MOVE', '2', 'Trash')
        imap.expunge()
        imap.select('Trash')
        imap.fetch('1:*', '(UID FLAGS)')
        imap.uid('STORE', '1', '-FLAGS', {DELETED})
        imap.close()
        imap.logout()
    """)
    return messages


def upload_and_delivery(lab):
    """while a folder is open, one message is delivered into it and another one uploaded"""
    device = imap(lab, folder="INBOX")
    first = arrive(lab, "soup-227")
    text = letter("note-227", author="bob", device="bob-phone").encode()
    second = lab.compose("bob-phone", "note-227", text)
    phone = imap(lab, host="bob-phone")
    phone.quietly(f"text = {text!r}")
    phone.do("imap.append('INBOX', None, None, text)")
    phone.do("imap.logout()")
    device.do("imap.noop()")
    device.do("imap.fetch('1:*', '(UID ENVELOPE)')")
    device.do(f"imap.store('2', '+FLAGS', {DELETED})")
    device.do("imap.expunge()")
    device.do("imap.logout()")
    return [first, second]


def second_message_lost(lab):
    """over one connection: the first message is accepted, the second one breaks off"""
    device = smtp(lab)
    texts = [letter("soup-228a").encode(), letter("soup-228b", to="carol").encode()]
    messages = [lab.compose("anna-laptop", f"soup-228{n}", text) for n, text in zip("ab", texts)]
    device.quietly(f"one, two = {texts[0]!r}, {texts[1]!r}")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', one)")
    device.do(f"smtp.mail('{AUTHOR}')")
    device.do(f"smtp.rcpt('{mail_to('carol')}')")
    device.do("smtp.docmd('DATA')")
    device.do("smtp.sock.sendall(two)")
    device.do("lose(smtp)")
    lab.wait_delivered(messages[0], "bob")
    return messages


def relay_deferred(lab):
    """Exim relays to Postfix, is deferred with 450, keeps the message and tries again"""
    lab.start_second()
    lab.policy.add("450 4.7.1 come back later", times=1, protocol_state="RCPT",
                   recipient=mail_to("bob"))
    text = letter("soup-229").encode()
    message = lab.compose("anna-laptop", "soup-229", text)
    device = smtp(lab, server=SERVER2)
    device.quietly(f"text = {text!r}")
    device.do(f"smtp.sendmail('{AUTHOR}', '{mail_to('bob')}', text)")
    device.do("smtp.quit()")
    lab.wait(lambda: "come back later" in lab.second.log_text(), "a deferral")
    lab.snapshot("deferred")
    lab.second.flush()
    lab.wait_delivered(message, "bob")
    return [message]


SCENARIOS = [
    two_transactions_interleaved, both_expunge, old_numbers, gone_meanwhile, removed_under_pop3,
    moved_under_pop3, marked_is_copied, upload_and_delivery, second_message_lost, relay_deferred,
]
