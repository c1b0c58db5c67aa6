"""The student's prose, made harmless: the pages that show it run nothing of it.

nbgrader's pages render an answer as Markdown, in which HTML, links to `javascript:` and some of MathJax's macros run in
the browser of whoever reads it. A space where they would begin makes plain text of them.
"""

from __future__ import annotations

import re

Pictures = dict[str, dict[str, str]]

KINDS = ("image/png", "image/jpeg")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
ATTACHED = re.compile(r"attachment:([^\s()\"'<>]*)")
# where a tag, an entity (it may spell the other two), a scheme and a macro that makes links or macros would begin
LIVE = re.compile(
    r"(?P<tag><)(?=[A-Za-z/!?])"
    r"|(?P<entity>&)(?=#|\w+;)"
    r"|(?P<scheme>script)(?=\\?:)"
    r"|(?P<macro>\\)(?=(?:href|url|style|class|cssId|data|unicode|mmlToken|require|let|g?def|x?edef|\w*command|\w*environment)\b)"
    r"|(?P<diagram>(?:`|~){3,}\s*(?:\{\s*)?)(?=mermaid)",
    re.IGNORECASE,
)


def harmless(text: str) -> str:
    """The text with a space in each place where a page would take it for more than text."""
    return LIVE.sub(lambda live: f"{live[0]} " if not live["diagram"] else f"{live[0]}text ", text)


def with_pictures(text: str, pictures: Pictures) -> str:
    """The text, harmless, with links to these pictures only: one that isn't there would stop the feedback page."""
    return harmless(ATTACHED.sub(lambda link: link[0] if link[1] in pictures else link[1], text))


def pictures_in(attachments: object) -> Pictures:
    """The pictures pasted into a markdown cell; what else can be attached may be a program."""
    found: Pictures = {}
    for name, forms in attachments.items() if isinstance(attachments, dict) else ():
        for kind in KINDS:
            data = forms.get(kind) if isinstance(forms, dict) else None
            if isinstance(data, str) and BASE64.fullmatch(data) and ATTACHED.fullmatch(f"attachment:{name}"):
                found[name] = {kind: data}
    return found
