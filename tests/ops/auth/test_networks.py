"""What counts as one address: whoever has a whole network is one."""

import pytest

from ops.auth.networks import network_of


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("-", "-"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_address_counts_by_its_network(address, counted):
    assert network_of(address) == counted
