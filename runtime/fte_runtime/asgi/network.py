"""Where a request comes from, as far as it can be believed."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.requests import Request

IPV4_PREFIX = 24
IPV6_PREFIX = 56
"""What one customer of a provider has (RFC 6177); addresses within it cost nothing."""

_TRANSLATED = (
    IPv6Network("::ffff:0:0/96"),  # mapped (RFC 4291)
    IPv6Network("::ffff:0:0:0/96"),  # translated (RFC 2765)
    IPv6Network("64:ff9b::/96"),  # NAT64's well-known prefix (RFC 6052)
    IPv6Network("64:ff9b:1::/48"),  # NAT64's local prefixes, of 96 bits in there (RFC 8215)
)
"""Where the last 32 bits are an IPv4 address."""

UNKNOWN = "unknown"


def network_of(request: Request, trusted_hops: int | None) -> str:
    """The visitor's network, such as ``192.0.2.0/24``; `UNKNOWN` where nothing tells.

    Each of ``trusted_hops`` proxies in front of us adds to ``X-Forwarded-For`` whom it heard: what stands further left
    is a claim. A request that came past them is from whoever sent it. Where nobody said how many there are (None), it
    is a guess: one if there is the header, which may be the visitor's own, else none.
    """
    hops = 1 if trusted_hops is None else trusted_hops
    peer = request.client.host if request.client else ""
    heard = [each.strip() for value in request.headers.getlist("x-forwarded-for") for each in value.split(",")]
    believed = heard[-hops] if 0 < hops <= len(heard) else peer
    return _network(believed) or _network(peer) or UNKNOWN


def _network(text: str) -> str | None:
    """Of an address, also one with a port as some proxies write it; None for anything else."""
    host = text.rpartition(":")[0] if text.count(":") == 1 or "]:" in text else text
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address):
        address = _translated(address) or address
    prefix = IPV4_PREFIX if address.version == 4 else IPV6_PREFIX
    return str(ip_network((address, prefix), strict=False))


def _translated(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that ``address`` stands for, if it does: else all of IPv4 would be one network, or free."""
    if any(address in network for network in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return teredo[1] if teredo else address.sixtofour
