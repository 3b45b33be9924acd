"""What counts as one address where tries, requests and open lines are counted."""

from ipaddress import IPv6Address, ip_address

OWN_BITS = 64
"""A connection has a whole network of so many bits for itself (RFC 6177, RFC 4291): who counts its
addresses one by one counts nothing.
"""


def network_of(address: str) -> str:
    """The network of an IPv6 address, an IPv4 address as it is, also where it comes as IPv6;
    whatever is no address counts by its name.
    """
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    own = int(known) >> OWN_BITS << OWN_BITS
    return f"{IPv6Address(own)}/{OWN_BITS}" if own else str(known)
