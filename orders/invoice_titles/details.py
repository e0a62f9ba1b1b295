"""What an invoice says of the buyer, in clear; sealed before it is stored."""

from dataclasses import asdict, dataclass

import orjson

from marketplace import secrets
from orders.invoice_titles.models import TitleKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleDetails:
    """A title: name, taxpayer's number, and what a special invoice needs besides."""

    kind: TitleKind
    name: str
    tax_no: str = ""
    address: str = ""
    phone: str = ""
    bank_name: str = ""
    account_no: str = ""

    @property
    def is_fit_for_special(self) -> bool:
        """Tell whether a special invoice can be made out to it."""
        needed = (self.tax_no, self.address, self.phone, self.bank_name, self.account_no)
        return self.kind is TitleKind.COMPANY and all(needed)

    def seal(self) -> bytes:
        """Return it encrypted, for a column."""
        return secrets.seal(orjson.dumps(asdict(self)).decode())

    @classmethod
    def unseal(cls, sealed: bytes) -> "TitleDetails":
        """Read what ``seal`` made."""
        values = orjson.loads(secrets.unseal(sealed))
        return cls(**values | {"kind": TitleKind(values["kind"])})
