"""Functions on blocks of IP addresses."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from jettison.hcl.functions.interface import Function, FunctionError, number_of, text_of, whole
from jettison.hcl.values import Value, string, strings

_Network = IPv4Network | IPv6Network


def _network(values: Sequence[Value]) -> _Network:
    try:
        return ip_network(values[0].text, strict=False)
    except ValueError:
        raise FunctionError(f"invalid CIDR expression: {values[0].text}", 0) from None


def _host(values: Sequence[Value]) -> Value:
    network = _network(values)
    number = whole(values, 1)
    place = number if number >= 0 else network.num_addresses + number
    if not 0 <= place < network.num_addresses:
        raise FunctionError(f"there is no host number {number} in this prefix", 1)
    return string(str(network[place]))


def _subnet(network: _Network, new_bits: int, number: int, argument: int) -> _Network:
    length = network.prefixlen + new_bits
    if new_bits < 0 or length > network.max_prefixlen:
        raise FunctionError(f"not enough remaining address space to extend the prefix by {new_bits}", argument)
    if not 0 <= number < 2**new_bits:
        raise FunctionError(f"prefix extension of {new_bits} does not accommodate a subnet numbered {number}", argument)
    address = int(network.network_address) + (number << (network.max_prefixlen - length))
    return type(network)((address, length))


def _subnet_of(values: Sequence[Value]) -> Value:
    return string(str(_subnet(_network(values), whole(values, 1), whole(values, 2), 1)))


def _subnets_of(values: Sequence[Value]) -> Value:
    network = _network(values)
    found = []
    end = int(network.network_address)
    for place in range(1, len(values)):
        length = network.prefixlen + whole(values, place)
        if not network.prefixlen < length <= network.max_prefixlen:
            raise FunctionError("must extend the prefix by at least one bit, and not by more than there are", place)
        size = 1 << (network.max_prefixlen - length)
        first = (end + size - 1) // size * size
        end = first + size
        if end > int(network.network_address) + network.num_addresses:
            raise FunctionError("not enough remaining address space for this subnet", place)
        found.append(str(type(network)((first, length))))
    return strings(found)


def _netmask(values: Sequence[Value]) -> Value:
    return string(str(_network(values).netmask))


FUNCTIONS = (
    Function("cidrhost", (text_of("prefix"), number_of("hostnum")), _host),
    Function("cidrnetmask", (text_of("prefix"),), _netmask),
    Function("cidrsubnet", (text_of("prefix"), number_of("newbits"), number_of("netnum")), _subnet_of),
    Function("cidrsubnets", (text_of("prefix"),), _subnets_of, variadic=number_of("newbits")),
)
