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
    why.
    """

    def __init__(self, code: str, **facts: object):
        self.code = code
        self.facts = facts
        super().__init__(code)
