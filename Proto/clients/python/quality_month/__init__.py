"""Quality Month (质量月): a client of the gateway for a reporting unit's own system. See README.md.

From the bottom up: `wire` (bytes), `machine` (a connection's state), `connection` (socket and thread), `client` (calls),
`push` (reports), `following` (a service's log), `journal` (whether it is only appended to). `receipts` (proofs), `notes`,
`log` and `canonical` need no connection.
"""

from quality_month.client import Call, Client, Method
from quality_month.identity import Identity, IdentityError
from quality_month.status import CallError, Code

__all__ = ["Call", "CallError", "Client", "Code", "Identity", "IdentityError", "Method"]
