"""Draws random applications and requests."""

from __future__ import annotations

import random

from .descriptions import (
    FUNCTIONS,
    AddDomain,
    AddGet,
    AddResource,
    AddRoute,
    AddStatic,
    AddSubapp,
    Allow,
    Application,
    Config,
    Handler,
    Key,
    Names,
    Options,
    Request,
    Response,
    Setup,
    Step,
    View,
)

#: Origins that are listed in configs.
LISTED = (
    "https://a.example",
    "https://b.example",
    "http://localhost:3000",
    "http://site.example:8080",
    "chrome-extension://abcdefgh",
    "safari-web-extension://140BB581-05C1",
    "app://Local",
    "file://",
    "null",
    # No origin; it matches the very same text.
    "localhost:3000",
)
#: What requests come with: listed ones, and some that only a pattern matches, or nothing.
SENT = (
    *LISTED,
    "https://x.sub.example",
    "https://x.y.sub.example:8443",
    "https://sub.example",
    "https://evilsub.example",
    "http://localhost",
    "https://pr-1.example",
    "https://pr-1.example.evil.example",
    "https://evil.example",
    "https://site.example",
    "https://a.example/",
    "https://A.example",
    "https://a.example:443",
    "a b",
)
WILDCARDS = ("https://*.sub.example", "http://localhost:*", "https://*.sub.example:*")
EXPRESSIONS = (r"https://pr-\d\.example", r"https://(a|pr-1)\.example", r"(app|file)://\w*")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PROPFIND", "OPTIONS")
PATHS = ("/a", "/a/", "/b", "/{x}", "/{x:[a-z]}", "/a/{x}", "/a/b", "/{x}/b")
#: Of sub-applications, and of static files. They overlap with paths, not with each other.
PREFIXES = ("/s", "/a", "/t")
STATIC = ("/f", "/b")
DOMAIN = "tenant.example"
REQUEST_HEADERS = ("X-A", "x-b", "Authorization", "Content-Type")
RESPONSE_HEADERS = (
    ("Vary", "Accept-Encoding"),
    ("Vary", "origin, Accept"),
    ("Vary", "*"),
    ("X-Total", "3"),
    ("x-other", "4"),
    ("Set-Cookie", "c=1"),
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Origin", "https://evil.example"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "X-Old"),
    ("Timing-Allow-Origin", "https://old.example"),
)


class _Resource:
    """What the generator knows of a resource: enough to draw only what aiohttp accepts."""

    def __init__(self, path: str | None, addable: bool) -> None:
        #: None: it is a prefix.
        self.path = path
        self.methods: set[str] = set()
        #: Handlers by method.
        self.handlers: dict[str, Handler] = {}
        #: It can be added, and its routes can.
        self.addable = addable
        self.added = False


class Generator:
    """Draws applications and requests."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.count}"

    # Configs

    def names(self, pool: tuple[str, ...], empty: float = 0.4) -> Names:
        if self.chance(empty):
            return ()
        if self.chance(0.3):
            return "*"
        return tuple(self.random.sample(pool, self.random.randint(1, 3)))

    def options(self) -> Options:
        return Options(
            allow_credentials=self.chance(0.4),
            expose_headers=self.names(("X-Total", "x-other", "Content-Length", "Set-Cookie")),
            allow_headers=self.names(("X-A", "X-B", "authorization", "Content-Type"), 0.3),
            max_age=self.random.choice((None, None, 0, 600)),
            allow_methods=self.methods(),
            allow_timing=self.chance(0.15),
            allow_private_network=self.chance(0.15),
        )

    def methods(self) -> Names | None:
        if self.chance(0.45):
            return None
        return self.names(("GET", "POST", "PUT", "DELETE", "head", "put", "OPTIONS"), 0.1)

    def key(self) -> Key:
        kind = self.random.choices(
            ("exact", "any", "wildcard", "expression", "function"), (5, 2, 1, 1, 1)
        )[0]
        if kind == "exact":
            # Some more often, so that layers have them in common.
            pool = LISTED[:2] if self.chance(0.6) else LISTED
            return Key("text", self.random.choice(pool))
        if kind == "any":
            return Key("text", "*")
        if kind == "wildcard":
            return Key("text", self.random.choice(WILDCARDS))
        if kind == "expression":
            return Key("expression", self.random.choice(EXPRESSIONS))
        return Key("function", self.random.choice(sorted(FUNCTIONS)))

    def config(self) -> Config:
        return tuple(
            {self.key(): self.options() for _ in range(self.random.choice((0, 1, 1, 2, 3)))}.items()
        )

    def maybe_config(self, share: float) -> Config | None:
        return self.config() if self.chance(share) else None

    # Applications

    def handler(self) -> Handler:
        kind = self.random.choices(
            ("text", "error", "redirect", "crash", "stream", "socket"), (10, 2, 1, 1, 1, 3)
        )[0]
        headers: tuple[tuple[str, str], ...] = ()
        if kind in ("text", "error", "stream") and self.chance(0.4):
            chosen = self.random.sample(RESPONSE_HEADERS, self.random.randint(1, 3))
            headers = tuple(dict(chosen).items())
        return Handler(self.name("handler"), Response(kind, headers))

    def view(self) -> View:
        is_cors = self.chance(0.75)
        verbs = self.random.sample(("get", "post", "put", "delete", "head", "options"), 2)
        return View(
            self.name("View"),
            is_cors,
            tuple((verb, self.maybe_config(0.3) if is_cors else None) for verb in verbs),
            self.maybe_config(0.4) if is_cors else None,
        )

    def allow(self, entity: str) -> Allow:
        return Allow(entity, self.maybe_config(0.5), not self.chance(0.15), self.chance(0.15))

    def allows(self, steps: list[Step], entity: str) -> None:
        """Add an entity, sometimes twice with the same config, which changes nothing."""
        step = self.allow(entity)
        steps += [step, step] if self.chance(0.05) else [step]

    def application(self, depth: int = 0) -> Application:
        """Draw an application with everything inside it."""
        has_setup = depth == 0 or self.chance(0.5)
        name = self.name("app")
        setup = None
        if has_setup:
            setup = Setup(
                self.maybe_config(0.7),
                self.chance(0.12),
                "keep" if self.chance(0.1) else "replace",
            )
        steps: list[Step] = []
        resources: list[_Resource] = []
        adds_all = has_setup and self.chance(0.3)
        at = self.random.randint(0, 3)
        for number in range(self.random.randint(2, 6)):
            if adds_all and number == at:
                self.allows(steps, name)
            self.step(steps, resources, has_setup, depth)
        return Application(
            name,
            setup,
            self.chance(0.5),
            self.random.choice(("no", "no", "before", "after")) if depth == 0 else "no",
            tuple(steps),
        )

    def step(
        self, steps: list[Step], resources: list[_Resource], has_cors: bool, depth: int
    ) -> None:
        kind = self.random.choices(
            ("route", "get", "view", "resource", "static", "subapp", "domain"),
            (9, 3, 3, 2, 1, 2 if depth < 2 else 0, 0.4 if depth == 0 else 0),
        )[0]
        name = self.name({"view": "route", "get": "route", "domain": "subapp"}.get(kind, kind))
        adds = has_cors and self.chance(0.5)
        if kind in ("subapp", "domain"):
            child = self.application(depth + 1)
            prefix = self.random.choice(PREFIXES)
            steps.append(
                AddSubapp(name, prefix, child)
                if kind == "subapp"
                else AddDomain(name, DOMAIN, child)
            )
            resources.append(_Resource(None, False))
            if adds and not _holds_unaddable(child):
                self.allows(steps, name)
            elif adds and _addable(child):
                self.allows(steps, self.random.choice(_addable(child)))
            return
        if kind == "static":
            steps.append(AddStatic(name, self.random.choice(STATIC)))
            resources.append(_Resource(None, True))
            if adds:
                self.allows(steps, name)
            return
        path = self.random.choice(PATHS)
        if resources and resources[-1].path is not None and self.chance(0.5):
            path = resources[-1].path
        if not resources or resources[-1].path != path:
            resources.append(_Resource(path, True))
        resource = resources[-1]
        if kind == "resource":
            steps.append(AddResource(name, path))
            if adds and resource.addable and not resource.added and "*" not in resource.methods:
                resource.added = True
                resource.methods.add("OPTIONS")
                self.allows(steps, name)
            return
        if kind == "get":
            new = {"GET", "HEAD"}
            step: AddGet | AddRoute = AddGet(name, path, self.handler())
        else:
            plain = self.view() if kind == "view" else self.handler()
            method = self.random.choices((*METHODS, "*"), (5, 2, 3, 4, 3, 1, 1, 2))[0]
            method = "*" if kind == "view" and self.chance(0.6) else method
            new = {method}
            if method in ("GET", "HEAD") and isinstance(plain, Handler) and self.chance(0.6):
                # One handler for both, as add_get() has it.
                plain = resource.handlers.get("HEAD" if method == "GET" else "GET", plain)
            step = AddRoute(name, method, path, plain)
        if "*" in resource.methods or new & resource.methods:
            return
        if isinstance(step.handler, Handler):
            resource.handlers.update(dict.fromkeys(new, step.handler))
        steps.append(step)
        resource.methods |= new
        if "OPTIONS" in new:
            resource.addable = False
        handler = step.handler
        is_plain_view = isinstance(handler, View) and not handler.is_cors
        if adds and resource.addable and not is_plain_view:
            self.allows(steps, name)
            if "*" not in resource.methods:
                resource.methods.add("OPTIONS")

    # Requests

    def request(self, app: Application) -> Request:
        """Draw something to send to an application."""
        target = self.random.choice(_targets(app))
        if self.chance(0.15):
            target = self.random.choice((target + "/", target.rstrip("/") + "/nope", "/nope"))
        headers: list[tuple[str, bytes]] = []
        if self.chance(0.15):
            headers.append(("Host", DOMAIN.encode()))
        elif self.chance(0.3):
            headers.append(("Host", b"site.example:8080"))
        headers += self.origin_lines()
        if self.chance(0.2):
            site = self.random.choice(("same-origin", "none", "cross-site", "same-site"))
            headers.append(("Sec-Fetch-Site", site.encode()))
        if self.chance(0.5):
            return self.preflight(target, headers)
        method = self.random.choices((*METHODS, "PATCH", "*"), (8, 2, 3, 4, 3, 1, 2, 1, 1))[0]
        if self.chance(0.08):
            method = method.lower()
        if method == "GET" and self.chance(0.25):
            headers += [
                ("Connection", b"Upgrade"),
                ("Upgrade", b"websocket"),
                ("Sec-WebSocket-Version", b"13"),
                ("Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
            ]
        elif method == "GET" and self.chance(0.1):
            headers.append(("Range", self.random.choice((b"bytes=0-2", b"bytes=90-"))))
        return Request(method, target, tuple(headers))

    def origin_lines(self) -> list[tuple[str, bytes]]:
        if self.chance(0.08):
            return []
        pool = LISTED[:2] if self.chance(0.5) else SENT
        values = [self.random.choice(pool).encode()]
        if self.chance(0.02):
            values = [b"https://a.\xe9xample"]
        elif self.chance(0.02):
            values.append(self.random.choice(LISTED).encode())
        return [("Origin", value) for value in values]

    def preflight(self, target: str, headers: list[tuple[str, bytes]]) -> Request:
        method = self.random.choices(
            (*METHODS, "PATCH", "get", "put", "*", "TRACE", "G T", "GE\xe9"),
            (8, 3, 4, 6, 4, 1, 2, 1, 0.5, 0.5, 0.5, 0.2, 0.2, 0.2),
        )[0]
        headers = [*headers, ("Access-Control-Request-Method", method.encode("latin-1"))]
        if self.chance(0.5):
            pool = (*REQUEST_HEADERS, *REQUEST_HEADERS, *REQUEST_HEADERS, "*", "X A", "", "X-\xe9")
            for _ in range(2 if self.chance(0.1) else 1):
                names = self.random.sample(pool, self.random.randint(1, 2))
                line = self.random.choice((",", ", ", " ,\t")).join(names)
                headers.append(("Access-Control-Request-Headers", line.encode("latin-1")))
        if self.chance(0.15):
            headers.append(("Access-Control-Request-Private-Network", b"true"))
        if self.chance(0.05):
            # An OPTIONS request that is not a preflight.
            headers = [each for each in headers if each[0] != "Access-Control-Request-Method"]
        return Request("OPTIONS", target, tuple(headers))


def _holds_unaddable(app: Application) -> bool:
    """Say whether there is a route that ``cors.add`` refuses in an application."""
    for step in app.steps:
        if isinstance(step, AddRoute):
            if step.method == "OPTIONS":
                return True
            if isinstance(step.handler, View) and not step.handler.is_cors:
                return True
        if isinstance(step, (AddSubapp, AddDomain)) and _holds_unaddable(step.child):
            return True
    return False


def _addable(app: Application) -> list[str]:
    """Return routes in an application that can be added from outside as well."""
    return [
        step.entity
        for step in app.steps
        if isinstance(step, Allow) and step.entity.startswith("route")
    ]


def _targets(app: Application, prefix: str = "") -> list[str]:
    """Return paths that lead somewhere in an application."""
    found = [f"{prefix}/nope"]
    for step in app.steps:
        if isinstance(step, AddSubapp):
            found += _targets(step.child, prefix + step.prefix)
        elif isinstance(step, AddDomain):
            found += _targets(step.child, prefix)
        elif isinstance(step, AddStatic):
            found += [f"{prefix}{step.prefix}/file.txt"] * 2 + [f"{prefix}{step.prefix}/none"]
        elif isinstance(step, (AddRoute, AddGet, AddResource)):
            path = step.path.replace("{x:[a-z]}", "c").replace("{x}", "cd")
            found += [prefix + path] * 3
    return found
