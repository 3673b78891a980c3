"""Who is proven to have sent a mail, by the word of the server that received it (RFC 8601)."""

import re
import unicodedata

from fte_agent.domain.addresses import fold
from fte_agent.inbound.mail_headers import Headers

_COMMENT = re.compile(r"\([^()]*\)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_DMARC = re.compile(r"\s*dmarc\s*=\s*([\w-]+)(?=\s|$)")
_HEADER_FROM = re.compile(r"\sheader\.from\s*=\s*([^\s;]+)")
_MAX_NESTING = 10


def is_verified(headers: Headers, sender: str, trusted: str | None) -> bool:
    """Whether the server ``trusted`` found ``sender`` to be its domain's own: DMARC passed for that domain.

    ``trusted`` is that server's authserv-id. Only the topmost ``Authentication-Results`` counts: those below came with
    the mail, whatever name they bear. Comments and quoted strings in it may repeat the sender's words (§7.1). Results
    that contradict each other prove nothing.
    """
    results = fold(headers.text("Authentication-Results", raw=True))
    for _ in range(_MAX_NESTING):
        results = _COMMENT.sub(" ", results)
    server, *findings = _QUOTED.sub(" ", results).split(";")
    if not trusted or "(" in results or ")" in results or server.split()[:1] != [fold(trusted)]:
        return False
    said = {(found[1], _domain_in(finding)) for finding in findings if (found := _DMARC.match(finding))}
    return said == {("pass", _ascii_domain(sender.rpartition("@")[2]))}


def _domain_in(finding: str) -> str:
    found = _HEADER_FROM.search(finding)
    return _ascii_domain(found[1].rpartition("@")[2]) if found else ""


def _ascii_domain(domain: str) -> str:
    """A domain as it stands in the DNS: results may tell an international one in either form (RFC 5890 §2.3.2)."""
    return fold(".".join(map(_a_label, domain.strip().rstrip(".").split("."))))


def _a_label(label: str) -> str:
    """Nothing is mapped but letters' case, as IDNA2008 has it: what 2003 made of ``ß`` is somebody else's domain."""
    if label.isascii():
        return label
    return "xn--" + unicodedata.normalize("NFC", label.lower()).encode("punycode", "replace").decode("ascii")
