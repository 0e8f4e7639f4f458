"""``Cross-Origin-Resource-Policy``: which pages may load a response without CORS."""

from __future__ import annotations

from .._checks.public_suffixes import is_public_suffix
from .cors_protocol import Failure, Headers, Step, get
from .urls import origin_of, split

_NAME = "Cross-Origin-Resource-Policy"


def resource_policy_check(headers: Headers, origin: str, url: str) -> Failure | None:
    """Check that a page of ``origin`` may load the response of ``url`` in mode ``no-cors``.

    Source: Fetch §3.7, "cross-origin resource policy check".
    """
    policy = get(headers, _NAME)
    problem = None
    if policy == "same-origin" and origin != origin_of(url):
        problem = f"{origin} is another origin than {origin_of(url)}"
    elif policy == "same-site" and not _is_schemelessly_same_site(origin, url):
        problem = f"{origin} is another site than {origin_of(url)}"
    elif policy == "same-site" and url.startswith("https:") and not origin.startswith("https:"):
        problem = f"{origin} is not secure"
    # Any other value, or more than one, allows every page.
    if problem is None:
        return None
    return Failure(
        Step.RESOURCE_POLICY,
        f"it is {policy!a}, and {problem}; the server must send '{_NAME}: cross-origin'",
    )


def _is_schemelessly_same_site(origin: str, url: str) -> bool:
    """Compare registrable domains (HTML §7.1.1, "schemelessly same site")."""
    try:
        page = split(f"{origin}/").host
    except ValueError:
        # Hosts of extensions and web views are not domains, and "null" has none.
        return False
    server = split(url).host
    domain = registrable_domain(page)
    return page == server or (domain is not None and domain == registrable_domain(server))


def registrable_domain(host: str) -> str | None:
    """Return the registrable domain of ``host`` (URL §3.2): a public suffix and one label, or None.

    Without the extra ``strict``, only single labels count as public suffixes.
    """
    if host.endswith("."):
        found = registrable_domain(host[:-1])
        return found and f"{found}."
    labels = host.split(".")
    if host.startswith("[") or labels[-1].isdigit():
        return None
    for at in range(len(labels)):
        if is_public_suffix(".".join(labels[at:])):
            return ".".join(labels[at - 1 :]) if at else None
    # The last label counts as a public suffix if the list has none.
    return ".".join(labels[-2:]) if len(labels) > 1 else None
