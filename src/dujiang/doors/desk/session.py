"""A form's proof that it was made here for this visitor: one number used once, which is also the key under which the gate does it once."""

import hmac
import secrets
from hashlib import sha256

from dujiang.errors import Refused

SIZE = 18  # random bytes of a key


def new_key() -> str:
    """A key for one filled form."""
    return secrets.token_urlsafe(SIZE)


def proof(token: str, key: str) -> str:
    """HMAC-SHA256 over the form's key under the visitor's access token, which no other site knows; hex."""
    return hmac.new(token.encode(), b"dujiang desk form\0" + key.encode(), sha256).hexdigest()


def check(token: str, key: str, given: str) -> None:
    """Refused unless the form was made for this visitor."""
    if not token or not key or not hmac.compare_digest(proof(token, key).encode(), given.encode()):
        raise Refused(
            "desk.form", "This form was not made for your session, or you signed in anew meanwhile. Nothing was done; open the form again.",
            "该表单不属于当前会话，或您已重新登录。未执行任何操作，请重新打开表单。",
        )
