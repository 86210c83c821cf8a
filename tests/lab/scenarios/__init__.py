"""What the lab plays: each scenario is one capture with its truth.

A scenario takes the lab and returns the Message-IDs it is about.  Its documentation says in one
line what it shows.  Scenarios that need a program which is missing raise Missing with its name.
"""

from scenarios import (accidents, compress, habits, identity, imap, imap_extensions, journeys, lmtp, pop3,
                       programs, smtp, together)
from scenarios.journeys import smtp_pop3_delete

SCENARIOS = {
    scenario.__name__.replace("_", "-"): scenario
    for part in (smtp, lmtp, pop3, imap, imap_extensions, identity, accidents, together,
                 habits, programs, compress, journeys) for scenario in part.SCENARIOS
}

# Played by scripts/check: quick, and one of each kind.
QUICK = ("smtp-steps", "smtp-lost-after-dot", "pop3-dele-lost", "pop3-rset", "imap-two-devices",
         "journey-pop3-and-imap")

__all__ = ["QUICK", "SCENARIOS", "smtp_pop3_delete"]
