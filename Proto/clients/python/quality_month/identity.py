"""Certificates: who we are, and whether the server is who it must be."""

from __future__ import annotations

import re
import ssl
from pathlib import Path

from quality_month import wire

_URI = re.compile(r"spiffe://(?P<domain>[A-Za-z0-9._-]+)/(service/[A-Za-z0-9._-]+|org/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+)")


class IdentityError(Exception):
    """A certificate that is missing, unreadable or not the one that must be there."""


class Identity:
    """A directory with cert.pem, key.pem and ca.pem (the authority that is trusted)."""

    def __init__(self, directory: str | Path):
        self.directory = Path(directory)
        for name in ("cert.pem", "key.pem", "ca.pem"):
            if not (self.directory / name).is_file():
                raise IdentityError(f"{self.directory / name} is not there: an identity is cert.pem, key.pem and ca.pem")
        self.uri = uri_of_own_certificate((self.directory / "cert.pem").read_text())
        self.domain = _URI.fullmatch(self.uri)["domain"]

    def context(self) -> ssl.SSLContext:
        """Made anew for every connection, so that a renewed certificate counts from the next one on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False  # hosts have no names here: the identity is checked, see check_server
        context.verify_mode = ssl.CERT_REQUIRED
        context.set_alpn_protocols([wire.ALPN])
        context.options |= ssl.OP_NO_TICKET
        # Some builds of Python set this, and then a cut connection looks like one that was closed in good order.
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        try:
            context.load_verify_locations(self.directory / "ca.pem")
            context.load_cert_chain(self.directory / "cert.pem", self.directory / "key.pem")
        except (ssl.SSLError, OSError) as error:
            raise IdentityError(f"{self.directory}: {error}") from error
        return context

    def check_server(self, socket: ssl.SSLSocket, service: str = "gateway") -> None:
        """Raises IdentityError unless the peer is `spiffe://DOMAIN/service/SERVICE` and speaks quality/1."""
        if socket.selected_alpn_protocol() != wire.ALPN:
            raise IdentityError(f"the server does not speak {wire.ALPN}")
        names = [value for kind, value in socket.getpeercert().get("subjectAltName", ()) if kind == "URI"]
        wanted = f"spiffe://{self.domain}/service/{service}"
        if names != [wanted]:
            raise IdentityError(f"the server is {', '.join(names) or 'nobody'}, and must be {wanted}")


def uri_of_own_certificate(pem: str) -> str:
    """The URI among the subject alternative names of our own certificate, which the ssl module cannot read.

    A URI there is the byte 0x86, its length and the text; our own certificate is not an attacker's.
    """
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    if begin not in pem or end not in pem:
        raise IdentityError("cert.pem holds no certificate")
    first = pem[pem.index(begin) : pem.index(end) + len(end)]
    der = ssl.PEM_cert_to_DER_cert(first)
    for match in re.finditer(rb"\x86([\x00-\x7f]|\x81[\x80-\xff])spiffe://", der):
        start = match.end() - len(b"spiffe://")
        uri = der[start : start + match.group(1)[-1]].decode("ascii", "replace")
        if _URI.fullmatch(uri):
            return uri
    raise IdentityError("cert.pem names nobody: it needs one URI spiffe://DOMAIN/org/CODE/ROLE")
