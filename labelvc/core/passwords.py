"""Texts without the passwords of the database addresses in them."""

from __future__ import annotations

import re

# People write "@", "/" and ":" into passwords without escaping them: up to the last "@" of a word.
# In addresses of the web these have a meaning.
_WEB = r"(?:https?|ssh|git|s3|file)"
_LOGINS = (
    re.compile(rf"(\b{_WEB}://[^\s:/@]*):[^\s/@]*@", re.IGNORECASE),
    re.compile(rf"(\b(?!{_WEB}://)[a-z][\w+.-]*://[^\s:/@]*):\S*@", re.IGNORECASE),
)
_QUERY = re.compile(r"([?&;](?:\w*password|passwd|pwd|authMechanismProperties)=)[^&;\s'\"]*", re.I)
HIDDEN = "***"


def without_passwords(text: str) -> str:
    """The text with the password of each database address replaced by ***."""
    for login in _LOGINS:
        text = login.sub(rf"\1:{HIDDEN}@", text)
    return _QUERY.sub(rf"\1{HIDDEN}", text)


def password_of(word: str) -> str | None:
    """The password in a word that is a database address, as it stands there; None without one."""
    found = re.match(r"[a-z][\w+.-]*://[^:/@]*:(.*)@", word, re.IGNORECASE | re.DOTALL)
    return found.group(1) if found else None
