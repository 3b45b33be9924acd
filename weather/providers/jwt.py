"""Signed tokens for services that ask for them: QWeather's JWT, signed with an Ed25519 key (EdDSA,
RFC 8037).
"""

from datetime import datetime, timedelta

import jwt

from weather.model import SourceDown

#: The service allows a day at most; a poll needs minutes. Clocks may differ by the margin.
LIFE, MARGIN = timedelta(minutes=15), timedelta(seconds=30)


def signed(private_key_pem: str, key_id: str, project_id: str, now: datetime, provider: str) -> str:
    """A token that is good from just before ``now`` for a quarter of an hour.

    Parameters
    ----------
    private_key_pem
        Ed25519 private key, PKCS#8 in PEM; ``\\n`` written out, as in many environment files, is
        understood.

    Raises
    ------
    SourceDown
        ``feed.bad_key``: it is no such key. Nothing of it is told.
    """
    claims = {
        "sub": project_id,
        "iat": int((now - MARGIN).timestamp()),
        "exp": int((now + LIFE).timestamp()),
    }
    try:
        return jwt.encode(
            claims, private_key_pem.replace("\\n", "\n"), algorithm="EdDSA", headers={"kid": key_id}
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise SourceDown("feed.bad_key", provider=provider) from None
