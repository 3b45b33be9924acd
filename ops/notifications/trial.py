"""A message to try a channel with."""

from datetime import datetime

from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.messages import Translator
from ops.notifications.channels import Channel


def try_channel(store: Store, actor: Actor, channel: Channel, t: Translator, now: datetime) -> None:
    """Send a test message through a channel.

    Raises
    ------
    NotAllowed
        By this role.
    DeliveryError
        It was not taken.
    """
    require(actor, Action.CHANGE_SETTINGS)
    record(store, actor, Action.CHANGE_SETTINGS, f"test {channel.name}", now)
    channel.send(t("notify.test", name=channel.name, at=now), now)
