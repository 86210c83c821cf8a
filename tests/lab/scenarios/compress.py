"""Programs that compress of their own accord."""

import dovecot
from scenarios.common import Missing, arrive
from scenarios.programs import maildir, mbsync


def mbsync_compress(lab):
    """mbsync compresses where the server offers it: a message is downloaded and kept"""
    if not dovecot.ZLIB.exists():
        raise Missing("Dovecot's imap_zlib plugin")
    message = arrive(lab, "soup-166", to="eve")
    mbsync(lab, maildir(lab, "bob-laptop"), user="eve")
    return [message]


SCENARIOS = [mbsync_compress]
