"""IMAP beyond its core: resynchronisation, saved results, several at once, compression."""

import dovecot
from scenarios.common import AUTHOR, Missing, arrive, imap, letter, mail_to, smtp
from scenarios.imap import DELETED


def wire(lab, host="bob-laptop", user="bob"):
    """A device that speaks IMAP line by line, logged in."""
    device = lab.device(host)
    device.quietly("wire = Wire(143); wire.hear('*')")
    device.quietly(f"wire.ask('a0 LOGIN {user} ' + password('{user}'), 'a0')")
    return device


def three(lab, number):
    return [arrive(lab, f"soup-{number}{letter_}", subject=f"Lunch {letter_}?")
            for letter_ in "abc"]


def imap_uid_ranges(lab):
    """sets: `*`, `2:*`, backwards, and a UID that is not there"""
    messages = three(lab, 150)
    device = wire(lab)
    device.do("wire.ask('a1 SELECT INBOX', 'a1')")
    device.do("wire.ask('a2 UID FETCH 3:1 (FLAGS ENVELOPE)', 'a2')")
    device.do("keep('last', wire.ask('a3 UID FETCH * (BODY.PEEK[])', 'a3'))")
    device.do(r"wire.ask('a4 UID STORE 2,77 +FLAGS (\\Deleted)', 'a4')")
    device.do("wire.ask('a5 UID EXPUNGE 1:*', 'a5')")
    device.do(r"wire.ask('a6 STORE 2:* +FLAGS.SILENT (\\Deleted)', 'a6')")
    device.do("wire.ask('a7 CLOSE', 'a7')")
    device.do("wire.ask('a8 LOGOUT', 'a8')")
    return messages


def imap_qresync(lab):
    """a device comes back and is told by VANISHED (EARLIER) what another one expunged"""
    messages = three(lab, 151)
    laptop = wire(lab)
    laptop.do("wire.ask('a1 ENABLE QRESYNC', 'a1')")
    laptop.quietly("said = wire.ask('a2 SELECT INBOX', 'a2').decode()")
    laptop.quietly("import re; uidvalidity = re.search(r'UIDVALIDITY (\\d+)', said)[1]")
    laptop.quietly("modseq = re.search(r'HIGHESTMODSEQ (\\d+)', said)[1]")
    laptop.do("wire.ask('a3 FETCH 1:* (UID FLAGS ENVELOPE)', 'a3')")
    laptop.do("wire.ask('a4 UNSELECT', 'a4')")
    phone = imap(lab, host="bob-phone", folder="INBOX")
    phone.do("imap.fetch('2', '(UID ENVELOPE)')")
    phone.do(f"imap.store('2', '+FLAGS', {DELETED})")
    phone.do("imap.expunge()")
    laptop.do("wire.ask(f'a5 SELECT INBOX (QRESYNC ({uidvalidity} {modseq}))', 'a5')")
    laptop.do(r"wire.ask('a6 STORE 2 +FLAGS (\\Deleted)', 'a6')")
    laptop.do("wire.ask('a7 EXPUNGE', 'a7')")
    laptop.do("wire.ask('a8 LOGOUT', 'a8')")
    return messages


def imap_vanished(lab):
    """with QRESYNC on, an EXPUNGE by another device comes as VANISHED"""
    messages = three(lab, 152)
    laptop = wire(lab)
    laptop.do("wire.ask('a1 ENABLE QRESYNC', 'a1')")
    laptop.do("wire.ask('a2 SELECT INBOX', 'a2')")
    laptop.do("wire.ask('a3 FETCH 1:* (UID ENVELOPE)', 'a3')")
    phone = imap(lab, host="bob-phone", folder="INBOX")
    phone.do("imap.noop()")
    phone.do(f"imap.store('1', '+FLAGS.SILENT', {DELETED})")
    phone.do("imap.expunge()")
    laptop.do("wire.ask('a4 NOOP', 'a4')")
    laptop.do("wire.ask('a5 UID MOVE 3 Trash', 'a5')")
    laptop.do("wire.ask('a6 LOGOUT', 'a6')")
    return messages


def imap_search_saved(lab):
    """the result of a SEARCH is saved, and `$` names it in the commands that follow"""
    messages = three(lab, 153)
    device = wire(lab)
    device.do("wire.ask('a1 SELECT INBOX', 'a1')")
    device.do("wire.ask('a2 FETCH 1:* (UID ENVELOPE)', 'a2')")
    device.do("wire.ask('a3 SEARCH RETURN (SAVE ALL) SUBJECT b', 'a3')")
    device.do("wire.ask('a4 UID COPY $ Trash', 'a4')")
    device.do(r"wire.ask('a5 STORE $ +FLAGS (\\Deleted)', 'a5')")
    device.do("wire.ask('a6 UID EXPUNGE $', 'a6')")
    device.do("wire.ask('a7 LOGOUT', 'a7')")
    return messages


def imap_condstore(lab):
    """STORE (UNCHANGEDSINCE) is refused for a message that another device has changed meanwhile"""
    messages = three(lab, 154)
    laptop = wire(lab)
    laptop.do("wire.ask('a1 SELECT INBOX (CONDSTORE)', 'a1')")
    laptop.quietly("import re")
    laptop.do("said = wire.ask('a2 FETCH 1:* (UID MODSEQ ENVELOPE)', 'a2').decode()")
    laptop.quietly("modseq = max(map(int, re.findall(r'MODSEQ \\((\\d+)\\)', said)))")
    phone = imap(lab, host="bob-phone", folder="INBOX")
    phone.do("imap.store('1', '+FLAGS', r'\\Flagged')")
    laptop.do(r"wire.ask(f'a3 STORE 1:2 (UNCHANGEDSINCE {modseq}) +FLAGS (\\Deleted)', 'a3')")
    laptop.do("wire.ask('a4 EXPUNGE', 'a4')")
    laptop.do("wire.ask('a5 LOGOUT', 'a5')")
    return messages


def imap_multiappend(lab):
    """two messages in one APPEND: both are stored, or none"""
    texts = [letter(f"note-155{n}", to="bob", author="bob", device="bob-laptop").encode()
             for n in "ab"]
    messages = [lab.compose("bob-laptop", f"note-155{n}", text) for n, text in zip("ab", texts)]
    device = wire(lab)
    device.quietly(f"one, two = {texts[0]!r}, {texts[1]!r}")
    device.do(r"wire.raw(b'a1 APPEND Sent (\\Seen) {%d+}\r\n' % len(one) + one + "
              r"b' (\\Seen) {%d+}\r\n' % len(two) + two + b'\r\n'); wire.hear('a1')")
    device.do("wire.ask('a2 LOGOUT', 'a2')")
    return messages


def imap_catenate(lab):
    """a message is put together on the server from a stored one's header and new text"""
    message = arrive(lab, "soup-156")
    device = wire(lab)
    device.do("wire.ask('a1 SELECT INBOX', 'a1')")
    device.do("wire.ask('a2 FETCH 1 (UID ENVELOPE)', 'a2')")
    device.quietly("text = b'The soup is good.\\r\\n'")
    lab.wire_cannot_show("the header of the new message does not pass: it has the Message-ID "
                         "of the stored one, and a text of its own", "Email server")
    device.do("wire.raw(b'a3 APPEND Sent CATENATE (URL \"/INBOX/;UID=1/;SECTION=HEADER\" "
              "TEXT {%d+}\\r\\n' % len(text) + text + b')\\r\\n'); wire.hear('a3')")
    device.do("wire.ask('a4 LOGOUT', 'a4')")
    return [message]


def imap_append_marked(lab):
    """APPEND with the flag `\\Deleted`: stored and marked at once; a later CLOSE removes it"""
    text = letter("note-157", to="bob", author="bob", device="bob-laptop").encode()
    message = lab.compose("bob-laptop", "note-157", text)
    device = imap(lab)
    device.quietly(f"text = {text!r}")
    device.do(rf"imap.append('Trash', '(' + {DELETED} + ')', None, text)")
    device.do("imap.select('Trash')")
    device.do("imap.close()")
    device.do("imap.logout()")
    return [message]


def imap_copy_here(lab):
    """COPY into the open folder itself makes a second copy; one of the two is expunged"""
    message = arrive(lab, "soup-158")
    imap(lab, folder="INBOX").all(f"""
        imap.fetch('1', '(UID ENVELOPE)')
        imap.copy('1', 'INBOX')
        imap.noop()
        imap.store('1', '+FLAGS', {DELETED})
        imap.expunge()
        imap.fetch('1', '(UID FLAGS)')
        imap.logout()
    """)
    return [message]


def imap_rename_inbox(lab):
    """RENAME of INBOX is refused by Dovecot: nothing moves"""
    message = arrive(lab, "soup-159")
    imap(lab).all("""
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap.close()
        imap.rename('INBOX', 'Before')
        imap.select('INBOX')
        imap.fetch('1', '(UID FLAGS)')
        imap.logout()
    """)
    return [message]


def imap_rename_inbox_courier(lab):
    """the same at Courier"""
    lab.start_second()
    message = arrive(lab, "soup-166", to="dora")
    imap(lab, host="dora-laptop", user="dora").all("""
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap.close()
        imap.rename('INBOX', 'INBOX.Before')
        imap.select('INBOX')
        imap.logout()
    """)
    return [message]


def imap_two_accounts(lab):
    """one message to two people: Anna expunges hers, Bob's copy stays"""
    message = arrive(lab, "soup-160", to="anna,bob")
    imap(lab, host="anna-laptop", user="anna", folder="INBOX").all(f"""
        keep('soup', imap.fetch('1', '(UID BODY.PEEK[])'))
        imap.store('1', '+FLAGS', {DELETED})
        imap.expunge()
        imap.logout()
    """)
    imap(lab, folder="INBOX").all(f"""
        imap.fetch('1', '(UID ENVELOPE)')
        imap.store('1', '+FLAGS', {DELETED})
        imap.close()
        imap.logout()
    """)
    return [message]


def imap_authenticate(lab):
    """login by SASL PLAIN, then a move and a mark that FLAGS () takes back"""
    message = arrive(lab, "soup-161")
    device = lab.device("bob-laptop")
    device.quietly("imap = imaplib.IMAP4(server, timeout=30)")
    device.do("imap.authenticate('PLAIN', lambda unused: b'\\0bob\\0' + password('bob').encode())")
    device.all(f"""
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap.store('1', 'FLAGS', {DELETED})
        imap.store('1', 'FLAGS', '()')
        imap.expunge()
        imap.logout()
    """)
    return [message]


def imap_compress(lab):
    """COMPRESS DEFLATE: a message is read, marked and expunged inside the compressed stream"""
    if not dovecot.ZLIB.exists():
        raise Missing("Dovecot's imap_zlib plugin")
    message = arrive(lab, "soup-162", to="eve")
    device = wire(lab, user="eve")
    device.do("wire.ask('a1 COMPRESS DEFLATE', 'a1')")
    device.quietly("wire.deflate()")
    device.do("wire.ask('a2 SELECT INBOX', 'a2')")
    device.do("keep('soup', wire.ask('a3 FETCH 1 (UID BODY.PEEK[])', 'a3'))")
    device.do(r"wire.ask('a4 STORE 1 +FLAGS (\\Deleted)', 'a4')")
    device.do("wire.ask('a5 EXPUNGE', 'a5')")
    device.do("wire.ask('a6 LOGOUT', 'a6')")
    return [message]


def imap_delivery_meanwhile(lab):
    """new mail raises EXISTS in an open folder: numbers go on where they ended"""
    first = arrive(lab, "soup-163a")
    device = imap(lab, folder="INBOX")
    device.do("imap.fetch('1:*', '(UID ENVELOPE)')")
    second = arrive(lab, "soup-163b", subject="Dinner?")
    device.do("imap.noop()")
    device.do("keep('dinner', imap.fetch('2', '(UID BODY.PEEK[])'))")
    device.do(f"imap.store('1:2', '+FLAGS', {DELETED})")
    device.do("imap.uid('EXPUNGE', '2')")
    device.do("imap.logout()")
    return [first, second]


def imap_numbers_fall(lab):
    """after each EXPUNGE all higher numbers fall by one: `1` is expunged three times"""
    messages = three(lab, 164)
    device = imap(lab, folder="INBOX")
    device.do("imap.fetch('1:*', '(UID ENVELOPE)')")
    for unused in messages:
        device.do(f"imap.store('1', '+FLAGS.SILENT', {DELETED})")
        device.do("imap.expunge()")
    device.do("imap.logout()")
    return messages


def imap_draft_saved_anew(lab):
    """a draft is saved a second time and its first version expunged, then it is sent"""
    text = letter("draft-165", to="anna", author="bob", device="bob-laptop").encode()
    message = lab.compose("bob-laptop", "draft-165", text)
    device = imap(lab)
    device.quietly(f"text = {text!r}")
    device.all(f"""
        imap.create('Drafts')
        imap.append('Drafts', r'(\\Draft)', None, text)
        imap.append('Drafts', r'(\\Draft)', None, text)
        imap.select('Drafts')
        imap.uid('STORE', '1', '+FLAGS', {DELETED})
        imap.uid('EXPUNGE', '1')
    """)
    sender = smtp(lab, host="bob-laptop")
    sender.quietly(f"text = {text!r}")
    sender.do(f"smtp.sendmail('{mail_to('bob')}', '{AUTHOR}', text)")
    sender.do("smtp.quit()")
    lab.wait_delivered(message, "anna")
    device.do("imap.uid('MOVE', '2', 'Sent')")
    device.do("imap.logout()")
    return [message]


SCENARIOS = [
    imap_uid_ranges, imap_qresync, imap_vanished, imap_search_saved, imap_condstore,
    imap_multiappend, imap_catenate, imap_append_marked, imap_copy_here, imap_rename_inbox,
    imap_rename_inbox_courier,
    imap_two_accounts, imap_authenticate, imap_compress, imap_delivery_meanwhile,
    imap_numbers_fall, imap_draft_saved_anew,
]
