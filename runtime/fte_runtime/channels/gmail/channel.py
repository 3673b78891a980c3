"""A SupportChannel of this type, among those that a process is given."""

from fte_runtime.channels.gmail.settings import Settings
from fte_runtime.config import ChannelSettings


def settings_of(channel: ChannelSettings) -> Settings:
    """A channel's own settings."""
    if not isinstance(channel.settings, Settings):
        raise TypeError(f"{channel.name} has no settings of a mailbox")
    return channel.settings
