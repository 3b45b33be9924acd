"""What goes wrong in the office, by meaning; whoever stands at the edge turns it into words."""


class CommandError(Exception):
    """A command that can't be carried out; nothing has changed."""

    def __init__(self, code: str, **facts: object):
        self.code = code
        self.facts = facts
        super().__init__(code)


class BadSettings(ValueError):
    """The settings file can't be used; the message names the entry."""


class NotAllowed(Exception):
    """A report, request or link that is refused; nothing has changed. ``code`` and ``facts`` say
    why in words, the class what it means.
    """

    def __init__(self, code: str, **facts: object):
        self.code = code
        self.facts = facts
        super().__init__(code)


class Invalid(NotAllowed):
    """What is given can't be meant."""


class NotFound(NotAllowed):
    """There is nothing of this name or number."""


class Conflict(NotAllowed):
    """It does not fit how things stand now."""


class PermissionDenied(NotAllowed):
    """Whoever asks may not."""


class UnknownLink(PermissionDenied):
    """A link that was never given by us, or was changed: whoever makes them up tries often."""


class NotSignedIn(NotAllowed):
    """It is not known who asks."""


class TooManyTries(NotAllowed):
    """It was tried too often; later it may be tried again."""
