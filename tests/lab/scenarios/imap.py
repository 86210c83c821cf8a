"""IMAP: many devices, many folders, marks that stay, and removals that only EXPUNGE makes."""

from scenarios.common import arrive, imap, letter

DELETED = r"'\\Deleted'"


def imap_two_devices(lab):
    """read by two IMAP devices, moved to Trash by one, expunged by the other"""
    message = arrive(lab, "soup-6")
    imap(lab).all("""
        imap.select('INBOX')
        imap.fetch('1', '(UID FLAGS ENVELOPE)')
        keep('soup', imap.fetch('1', '(BODY[])'))
        imap.logout()
    """)
    imap(lab, host="bob-phone").all("""
        imap.select('INBOX')
        imap.uid('SEARCH', 'ALL')
        keep('soup', imap.uid('FETCH', '1', '(FLAGS BODY.PEEK[])'))
        imap.uid('MOVE', '1', 'Trash')
        imap.logout()
    """)
    imap(lab).all(f"""
        imap.select('Trash')
        imap.fetch('1:*', '(UID FLAGS BODY.PEEK[HEADER])')
        imap.store('1', '+FLAGS', {DELETED})
        imap.expunge()
        imap.close()
        imap.logout()
    """)
    return [message]


def imap_mark_kept(lab):
    """marked `\\Deleted`, then LOGOUT without EXPUNGE: it stays"""
    message = arrive(lab, "soup-7")
    imap(lab).all(f"""
        imap.select('INBOX')
        imap.fetch('1', '(FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT MESSAGE-ID)])')
        imap.store('1', '+FLAGS.SILENT', {DELETED})
        imap.logout()
    """)
    return [message]


def imap_mark_taken_back(lab):
    """marked by one device, the mark is taken back by another, whose EXPUNGE removes nothing"""
    message = arrive(lab, "soup-70")
    first = imap(lab, folder="INBOX")
    second = imap(lab, host="bob-phone", folder="INBOX")
    first.do("imap.fetch('1', '(UID ENVELOPE)')")
    first.do(f"imap.store('1', '+FLAGS', {DELETED})")
    second.do("imap.noop()")
    second.do(f"imap.store('1', '-FLAGS', {DELETED})")
    second.do("imap.expunge()")
    first.do("imap.noop()")
    first.do("imap.logout()")
    return [message]


def draft(name):
    return letter(name, subject="Draft").encode()


def imap_append_copy(lab):
    """a draft is uploaded, copied to another folder, and the first copy is expunged"""
    message = lab.compose("anna-laptop", "draft-8", draft("draft-8"))
    device = imap(lab, host="anna-laptop", user="anna")
    device.quietly(f"text = {draft('draft-8')!r}")
    device.all(f"""
        imap.create('Drafts')
        imap.append('Drafts', r'(\\Draft)', None, text)
        imap.select('Drafts')
        imap.copy('1', 'Sent')
        imap.store('1', '+FLAGS', {DELETED})
        imap.expunge()
        imap.logout()
    """)
    return [message]


def imap_append_refused(lab):
    """APPEND to a folder that is not there (TRYCREATE), then again after CREATE"""
    message = lab.compose("anna-laptop", "draft-71", draft("draft-71"))
    device = imap(lab, host="anna-laptop", user="anna")
    device.quietly(f"text = {draft('draft-71')!r}")
    lab.wire_cannot_show("a refused APPEND may be answered before the text passes", None)
    device.do("imap.append('Nowhere', None, None, text)")
    lab.wire_shows_again()
    device.do("imap.create('Nowhere')")
    device.do("imap.append('Nowhere', None, None, text)")
    device.do("imap.logout()")
    return [message]


def imap_append_lost(lab):
    """the connection is lost in the middle of the literal of APPEND: nothing is stored"""
    text = draft("draft-72")
    message = lab.compose("anna-laptop", "draft-72", text)
    device = lab.device("anna-laptop")
    device.quietly("wire = Wire(143); wire.hear('*')")
    device.quietly("wire.ask('a1 LOGIN anna ' + password('anna'), 'a1')")
    device.quietly(f"text = {text!r}")
    device.do("wire.ask('a2 APPEND INBOX {%d}' % len(text), '+')")
    device.do("wire.raw(text[:-20])")
    device.do("wire.reset()")
    return [message]


def imap_idle(lab):
    """a device waits in IDLE and is told of a message while it is sent"""
    device = lab.device("bob-phone")
    device.quietly("wire = Wire(143); wire.hear('*')")
    device.quietly("wire.ask('a1 LOGIN bob ' + password('bob'), 'a1')")
    device.quietly("wire.ask('a2 SELECT INBOX', 'a2')")
    device.quietly("wire.ask('a3 IDLE', '+')")
    message = arrive(lab, "soup-9")
    device.quietly("line = b''\nwhile b'EXISTS' not in line: line = wire.file.readline()")
    device.do("wire.ask('DONE', 'a3')")
    device.do("wire.ask('a4 FETCH * (UID BODY.PEEK[HEADER.FIELDS (SUBJECT MESSAGE-ID)])', 'a4')")
    device.do("wire.ask('a5 LOGOUT', 'a5')")
    return [message]


def imap_idle_expunge(lab):
    """a device in IDLE is told that another device expunged the message"""
    message = arrive(lab, "soup-73")
    watcher = lab.device("bob-phone")
    watcher.quietly("wire = Wire(143); wire.hear('*')")
    watcher.quietly("wire.ask('a1 LOGIN bob ' + password('bob'), 'a1')")
    watcher.quietly("wire.ask('a2 SELECT INBOX', 'a2')")
    watcher.do("keep('soup', wire.ask('a3 FETCH 1 (UID BODY.PEEK[])', 'a3'))")
    watcher.quietly("wire.ask('a4 IDLE', '+')")
    device = imap(lab, folder="INBOX")
    device.do(f"imap.store('1', '+FLAGS', {DELETED})")
    device.do("imap.expunge()")
    watcher.quietly("line = b''\nwhile b'EXPUNGE' not in line: line = wire.file.readline()")
    watcher.do("wire.ask('DONE', 'a4')")
    watcher.do("wire.ask('a5 LOGOUT', 'a5')")
    return [message]


def imap_move(lab):
    """MOVE to Trash and back"""
    message = arrive(lab, "soup-74")
    imap(lab).all("""
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap._simple_command('MOVE', '1', 'Trash')
        imap.select('Trash')
        imap.uid('FETCH', '1:*', '(FLAGS)')
        imap.uid('MOVE', '1', 'INBOX')
        imap.logout()
    """)
    return [message]


def imap_copy_expunge(lab):
    """COPY, STORE, EXPUNGE: how programs move where MOVE is missing"""
    messages = [arrive(lab, "soup-75a"), arrive(lab, "soup-75b", subject="Dinner?")]
    imap(lab).all(f"""
        imap.select('INBOX')
        imap.fetch('1:2', '(UID ENVELOPE)')
        imap.uid('COPY', '1', 'Trash')
        imap.uid('STORE', '1', '+FLAGS', {DELETED})
        imap.expunge()
        imap.logout()
    """)
    return messages


def imap_uid_expunge(lab):
    """two messages are marked; UID EXPUNGE removes only the one that it names"""
    messages = [arrive(lab, "soup-76a"), arrive(lab, "soup-76b", subject="Dinner?")]
    imap(lab).all(f"""
        imap.select('INBOX')
        imap.fetch('1:*', '(UID ENVELOPE)')
        imap.store('1:2', '+FLAGS', {DELETED})
        imap.uid('EXPUNGE', '2')
        imap.logout()
    """)
    return messages


def imap_close(lab):
    """CLOSE removes the marked message without a word"""
    messages = [arrive(lab, "soup-77a"), arrive(lab, "soup-77b", subject="Dinner?")]
    imap(lab).all(f"""
        imap.select('INBOX')
        keep('soup', imap.fetch('1', '(UID BODY[])'))
        imap.fetch('2', '(UID ENVELOPE)')
        imap.store('1', '+FLAGS', {DELETED})
        imap.close()
        imap.logout()
    """)
    return messages


def imap_unselect(lab):
    """UNSELECT leaves the folder and the marked message in it"""
    message = arrive(lab, "soup-78")
    imap(lab).all(f"""
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap.store('1', '+FLAGS', {DELETED})
        imap._simple_command('UNSELECT')
        imap.logout()
    """)
    return [message]


def imap_examine(lab):
    """EXAMINE opens read-only: STORE is refused, CLOSE removes nothing"""
    message = arrive(lab, "soup-79")
    imap(lab, folder="INBOX").all(f"""
        imap.fetch('1', '(UID ENVELOPE)')
        imap.store('1', '+FLAGS', {DELETED})
        imap.select('INBOX', readonly=True)
        keep('soup', imap.fetch('1', '(BODY[])'))
        imap._simple_command('STORE', '1', '-FLAGS', '(' + {DELETED} + ')')
        imap._simple_command('CLOSE')
        imap.logout()
    """)
    return [message]


def imap_select_away(lab):
    """SELECT of another folder leaves the first one without EXPUNGE"""
    message = arrive(lab, "soup-80")
    imap(lab).all(f"""
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap.store('1', '+FLAGS', {DELETED})
        imap.select('Trash')
        imap.select('INBOX')
        imap.fetch('1', '(FLAGS)')
        imap.expunge()
        imap.logout()
    """)
    return [message]


def imap_rename(lab):
    """the folder that a message was moved to gets another name"""
    message = arrive(lab, "soup-81")
    imap(lab).all("""
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap.create('Soups')
        imap.uid('MOVE', '1', 'Soups')
        imap.rename('Soups', 'Recipes')
        imap.select('Recipes')
        imap.fetch('1', '(UID FLAGS)')
        imap.logout()
    """)
    return [message]


def imap_delete_folder(lab):
    """DELETE of a folder removes the messages in it, without EXPUNGE lines"""
    message = arrive(lab, "soup-82")
    imap(lab).all("""
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap.create('Soups')
        imap.uid('COPY', '1', 'Soups')
        imap.delete('Soups')
        imap.logout()
    """)
    return [message]


def imap_delete_folder_last(lab):
    """DELETE of the folder that holds the only copy"""
    message = arrive(lab, "soup-83")
    imap(lab).all("""
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap.create('Soups')
        imap.uid('MOVE', '1', 'Soups')
        imap.delete('Soups')
        imap.logout()
    """)
    return [message]


def imap_expunge_seen(lab):
    """two devices have the folder open; what one expunges, the other is told at its next NOOP"""
    messages = [arrive(lab, f"soup-84{n}", subject=f"Lunch {n}?") for n in "abc"]
    first, second = (imap(lab, host=host, folder="INBOX") for host in ("bob-laptop", "bob-phone"))
    first.do("imap.fetch('1:*', '(UID ENVELOPE)')")
    second.do("imap.fetch('1:*', '(UID FLAGS)')")
    first.do(f"imap.store('1', '+FLAGS', {DELETED})")
    first.do("imap.expunge()")
    second.do("imap.noop()")
    second.do("keep('soup', imap.fetch('1', '(UID BODY.PEEK[])'))")
    second.do(f"imap.store('2', '+FLAGS', {DELETED})")
    second.do("imap.expunge()")
    first.do("imap.noop()")
    first.do("imap.logout()")
    second.do("imap.logout()")
    return messages


def imap_partial(lab):
    """a message is fetched in slices: only when all of them have come has the device a full copy"""
    message = arrive(lab, "soup-85")
    imap(lab, folder="INBOX").all("""
        imap.fetch('1', '(UID RFC822.SIZE)')
        keep('soup', imap.fetch('1', '(BODY.PEEK[]<0.200>)'))
        keep('soup', imap.fetch('1', '(BODY.PEEK[]<200.200>)'), more=True)
        keep('soup', imap.fetch('1', '(BODY.PEEK[]<400.9999>)'), more=True)
        imap.logout()
    """)
    return [message]


def imap_header_and_text(lab):
    """the header, then the text: together a full copy"""
    message = arrive(lab, "soup-86")
    imap(lab, folder="INBOX").all("""
        keep('soup', imap.fetch('1', '(UID BODY.PEEK[HEADER])'))
        keep('soup', imap.fetch('1', '(BODY.PEEK[TEXT])'), more=True)
        imap.logout()
    """)
    return [message]


def imap_pipelined(lab):
    """several commands in one segment, among them STORE and EXPUNGE"""
    messages = [arrive(lab, "soup-87a"), arrive(lab, "soup-87b", subject="Dinner?")]
    device = lab.device("bob-laptop")
    device.quietly("wire = Wire(143); wire.hear('*')")
    device.do("wire.say('a1 LOGIN bob ' + password('bob'), 'a2 SELECT INBOX', "
              "'a3 FETCH 1:2 (UID ENVELOPE)'); wire.hear('a1', 'a2', 'a3')")
    device.do(r"wire.say('a4 UID COPY 1 Trash', 'a5 UID STORE 1 +FLAGS (\\Deleted)', "
              "'a6 EXPUNGE', 'a7 FETCH 1 (UID FLAGS)'); wire.hear('a4', 'a5', 'a6', 'a7')")
    device.do("wire.ask('a8 LOGOUT', 'a8')")
    return messages


def imap_literals(lab):
    """user, password and folder names come as literals, some without waiting (LITERAL+)"""
    message = arrive(lab, "soup-88")
    device = lab.device("bob-laptop")
    device.quietly("wire = Wire(143); wire.hear('*')")
    device.do("wire.ask('a1 LOGIN {3}', '+'); wire.ask('bob {10}', '+'); "
              "wire.ask(password('bob'), 'a1')")
    device.do("wire.say('a2 SELECT {5+}', 'INBOX'); wire.hear('a2')")
    device.do("keep('soup', wire.ask('a3 FETCH 1 (UID BODY[])', 'a3'))")
    device.do("wire.say('a4 COPY 1 {5+}', 'Trash'); wire.hear('a4')")
    device.do("wire.ask('a5 LOGOUT', 'a5')")
    return [message]


def imap_lost_after_store(lab):
    """the connection is lost after STORE: unlike POP3's, the mark stays"""
    message = arrive(lab, "soup-89")
    imap(lab, folder="INBOX").all(f"""
        imap.fetch('1', '(UID ENVELOPE)')
        imap.store('1', '+FLAGS', {DELETED})
        lose(imap)
    """)
    imap(lab, host="bob-phone", folder="INBOX").all("""
        imap.fetch('1', '(UID FLAGS)')
        imap.logout()
    """)
    return [message]


def imap_expunge_reply_lost(lab):
    """the reply to EXPUNGE never passes: the marked message may be gone"""
    message = arrive(lab, "soup-90")
    device = imap(lab, folder="INBOX")
    device.do("keep('soup', imap.fetch('1', '(UID BODY[])'))")
    device.do(f"imap.store('1', '+FLAGS', {DELETED})")
    lab.network.silence("mx", "bob-laptop")
    lab.wire_cannot_show("until the connection ends, the reply may still come",
                         "User device and server")
    device.do("(imap.send(b'x1 EXPUNGE\\r\\n'), time.sleep(0.5))")
    lab.wire_shows_again()
    lab.wire_cannot_show("the reply to EXPUNGE never passes: the marked message may be gone",
                         "User device or User device and server")
    device.do("lose(imap)")
    lab.network.unsilence("mx", "bob-laptop")
    device = imap(lab, host="bob-phone")
    device.do("imap.select('INBOX')")
    lab.wire_shows_again()
    device.do("imap.logout()")
    return [message]


def imap_starttls(lab):
    """a message known from SMTP is expunged inside TLS: the last location known stays"""
    message = arrive(lab, "soup-91")
    device = lab.device("bob-laptop")
    device.quietly("import ssl")
    device.quietly("imap = imaplib.IMAP4(server, timeout=30)")
    device.do("imap.starttls(ssl._create_unverified_context())")
    device.do("imap.login('bob', password('bob'))")
    device.do("imap.select('INBOX')")
    lab.wire_cannot_show("the session is encrypted", "Email server", "Unknown")
    device.do("keep('soup', imap.fetch('1', '(BODY[])'))")
    device.do(f"imap.store('1', '+FLAGS', {DELETED})")
    device.do("imap.expunge()")
    device.do("imap.logout()")
    return [message]


def imap_courier(lab):
    """copy, mark, expunge and a draft, at Courier"""
    lab.start_second()
    message = arrive(lab, "soup-92", to="dora")
    text = draft("draft-92")
    note = lab.compose("dora-laptop", "draft-92", text)
    device = imap(lab, host="dora-laptop", user="dora")
    device.quietly(f"text = {text!r}")
    device.all(f"""
        imap.select('INBOX')
        keep('soup', imap.fetch('1', '(UID BODY.PEEK[])'))
        imap.create('INBOX.Soups')
        imap.copy('1', 'INBOX.Soups')
        imap.store('1', '+FLAGS', {DELETED})
        imap.expunge()
        imap.append('INBOX.Soups', r'(\\Draft)', None, text)
        imap.select('INBOX.Soups')
        imap.fetch('1:*', '(UID FLAGS)')
        imap.store('1', '+FLAGS', {DELETED})
        imap.close()
        imap.logout()
    """)
    return [message, note]


def imap_courier_rename(lab):
    """RENAME and DELETE of a folder at Courier"""
    lab.start_second()
    message = arrive(lab, "soup-93", to="dora")
    imap(lab, host="dora-laptop", user="dora").all(f"""
        imap.create('INBOX.Soups')
        imap.select('INBOX')
        imap.fetch('1', '(UID ENVELOPE)')
        imap.uid('COPY', '1', 'INBOX.Soups')
        imap.uid('STORE', '1', '+FLAGS.SILENT', {DELETED})
        imap.close()
        imap.rename('INBOX.Soups', 'INBOX.Recipes')
        imap.delete('INBOX.Recipes')
        imap.logout()
    """)
    return [message]


SCENARIOS = [
    imap_two_devices, imap_mark_kept, imap_mark_taken_back, imap_append_copy,
    imap_append_refused, imap_append_lost, imap_idle, imap_idle_expunge, imap_move,
    imap_copy_expunge, imap_uid_expunge, imap_close, imap_unselect, imap_examine,
    imap_select_away, imap_rename, imap_delete_folder, imap_delete_folder_last,
    imap_expunge_seen, imap_partial, imap_header_and_text, imap_pipelined, imap_literals,
    imap_lost_after_store, imap_expunge_reply_lost, imap_starttls, imap_courier,
    imap_courier_rename,
]
