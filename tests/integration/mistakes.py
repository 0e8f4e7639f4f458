"""Mistakes that users make: real small applications, what is said of each, and the line to write.

Read by ``test_mistakes.py`` here, and by tests in real browsers.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any, NamedTuple

from aiohttp import web

APP = "https://app.example.com"
LOCAL = "http://localhost:3000"

#: What all of the applications start with.
BEGIN = """\
import aiohttp_cors
from aiohttp import web
from aiohttp_cors import CorsViewMixin, ResourceOptions, custom_cors


async def todos(request):
    return web.json_response([], headers={"X-Total": "3"})


handler = later = todos


@web.middleware
async def authenticate(request, handler):
    if "Authorization" not in request.headers:
        raise web.HTTPUnauthorized
    return await handler(request)


app = web.Application()
"""

#: The application of most mistakes, but for its defaults.
SIMPLE = """
cors = aiohttp_cors.setup(app, defaults={%s})
cors.add(app.router.add_get("/todos", todos))
cors.add(app.router.add_put("/todos", todos))
cors.add(app.router.add_post("/todos", todos))
"""


class Mistake(NamedTuple):
    """A page that does not get what it wants, why, and the line that mends it."""

    name: str
    #: Of the application, after `BEGIN`.
    code: str
    #: Text that `explain` says; "..." stands for anything.
    says: str
    #: What is written wrong, in the application or in the page's request...
    wrong: str
    #: ... and what `explain` says to write instead, letter by letter.
    right: str
    method: str = "GET"
    path: str = "/todos"
    headers: Mapping[str, str] = {}
    credentials: str = "same-origin"
    origin: str = APP
    #: The field of the request that is mended, where the application is right.
    field: str | None = None
    #: A response header that the page wants to read.
    reads: str | None = None
    #: What the page reads in the end.
    status: int = 200

    def application(self, mended: bool = False) -> web.Application:
        """Make the application."""
        code = self.code
        if mended and self.field is None:
            if code.count(self.wrong) != 1:
                raise AssertionError(f"{self.wrong!r} is not there once")
            code = code.replace(self.wrong, self.right)
        names: dict[str, Any] = {}
        exec(BEGIN + textwrap.dedent(code), names)
        app: web.Application = names["app"]
        return app

    def request(self, mended: bool = False) -> dict[str, Any]:
        """Return the arguments of the page's ``fetch()``."""
        found = {
            "url": self.path,
            "method": self.method,
            "headers": dict(self.headers),
            "credentials": self.credentials,
        }
        if mended and self.field is not None:
            found[self.field] = self.right.strip("'")
        return found


def listed(name: str, wrong: str, says: str, origin: str = APP, options: str = "") -> Mistake:
    """Make a mistake in an origin of the defaults; the line keeps the options."""
    item = f"{wrong!r}: ResourceOptions({options})"
    right = f"{origin!r}: ResourceOptions({options})"
    return Mistake(name, SIMPLE % item, says, item, right, origin=origin)


JSON = {"Content-Type": "application/json"}
TOKEN = {"X-Token": "1"}
BEARER = {"Authorization": "Bearer t"}
ITEM = f"'{APP}': ResourceOptions()"
ALLOWED = SIMPLE % ITEM

MISTAKES = [
    # The origin.
    listed("http is listed, and the page is https", "http://app.example.com", "its scheme is http"),
    listed(
        "https is listed, and the page is http",
        "https://localhost:3000",
        "its scheme is https, and the page's is http",
        LOCAL,
    ),
    listed(
        "another port", "https://app.example.com:8443", "its port is 8443, and the page's is 443"
    ),
    listed(
        "a port is missing", "http://localhost", "its port is 80, and the page's is 3000", LOCAL
    ),
    listed(
        "a port of the development server",
        "http://localhost:5173",
        "its port is 5173, and the page's is 3000",
        LOCAL,
        "allow_headers=['X-Token']",
    ),
    listed("slash at the end", "https://app.example.com/", "without path, slash"),
    listed("path", "https://app.example.com/todos", "without path, slash"),
    listed("upper case", "https://App.example.com", "in lower case"),
    listed("default port", "https://app.example.com:443", "leave out port 443 of https"),
    listed("no scheme", "app.example.com", "with its scheme"),
    listed("scheme of a socket", "wss://app.example.com", "never have a wss origin"),
    listed("white space", " https://app.example.com", "cannot contain white space"),
    listed(
        "two origins in one entry",
        "https://app.example.com, https://admin.example.com",
        "must be an entry of its own",
    ),
    listed(
        "www. is listed, and the page is without",
        "https://www.app.example.com",
        "its host is www.app.example.com, and the page's is app.example.com",
        options="max_age=60",
    ),
    listed(
        "the page is at www.",
        "https://app.example.com",
        "its host is app.example.com, and the page's is www.app.example.com",
        "https://www.app.example.com",
    ),
    listed("localhost and 127.0.0.1", "http://127.0.0.1:3000", "are different origins", LOCAL),
    listed(
        "a wildcard, and the page is at the domain itself",
        "https://*.app.example.com",
        "a wildcard never matches the domain itself",
    ),
    listed(
        "a wildcard with another scheme", "http://*.example.com", "its scheme is http", options=""
    ),
    listed(
        "another site",
        "https://admin.example.org",
        "No config that applies to GET /todos lists 'https://app.example.com'; the defaults has",
        options="allow_credentials=True, max_age=60",
    ),
    listed(
        "another site, written wrong",
        "https://admin.example.org/",
        "No config that applies to GET /todos lists 'https://app.example.com'; the defaults has",
    ),
    listed(
        "the same host with another scheme and port",
        "http://app.example.com:8080",
        "No config that applies to GET /todos lists 'https://app.example.com'; the defaults has",
    ),
    Mistake(
        "unknown path of an application that was added for another origin",
        """
        cors = aiohttp_cors.setup(app)
        cors.add(app, {'https://admin.example.com': ResourceOptions()})
        """,
        "No config that applies to GET /todos lists 'https://app.example.com'; the config of the "
        "application has 'https://admin.example.com'.",
        "'https://admin.example.com': ResourceOptions()",
        ITEM,
        status=404,
    ),
    Mistake(
        "no config at all",
        ALLOWED.replace(f", defaults={{{ITEM}}}", ""),
        "No config that applies to GET /todos lists any origin.",
        "aiohttp_cors.setup(app)",
        f"aiohttp_cors.setup(app, defaults={{{ITEM}}})",
    ),
    Mistake(
        "frame with a sandbox",
        ALLOWED,
        "A page without an origin sends null: a sandboxed frame",
        ITEM,
        "'null': ResourceOptions()",
        origin="null",
    ),
    # Headers.
    Mistake(
        "JSON, and Content-Type is not listed",
        ALLOWED,
        "its allow_headers does not list Content-Type",
        ITEM,
        f"'{APP}': ResourceOptions(allow_headers=['Content-Type'])",
        method="POST",
        headers=JSON,
    ),
    Mistake(
        "a header beside another one",
        SIMPLE % f"'{APP}': ResourceOptions(max_age=60, allow_headers=['Content-Type'])",
        "its allow_headers does not list X-Token",
        "ResourceOptions(max_age=60, allow_headers=['Content-Type'])",
        "ResourceOptions(allow_headers=['Content-Type', 'X-Token'], max_age=60)",
        method="POST",
        headers={**JSON, **TOKEN},
    ),
    Mistake(
        "'*' does not cover Authorization",
        SIMPLE % f"'{APP}': ResourceOptions(allow_headers='*')",
        "the '*' in its allow_headers never covers Authorization",
        "ResourceOptions(allow_headers='*')",
        "ResourceOptions(allow_headers=['*', 'Authorization'])",
        headers=BEARER,
    ),
    Mistake(
        "a header, and cookies too",
        ALLOWED,
        "its allow_headers does not list X-Token",
        ITEM,
        f"'{APP}': ResourceOptions(allow_credentials=True, allow_headers=['X-Token'])",
        headers=TOKEN,
        credentials="include",
    ),
    # Credentials.
    Mistake(
        "cookies without allow_credentials",
        SIMPLE % f"'{APP}': ResourceOptions(max_age=60)",
        "is listed in the defaults, but without allow_credentials=True",
        "ResourceOptions(max_age=60)",
        "ResourceOptions(allow_credentials=True, max_age=60)",
        credentials="include",
    ),
    Mistake(
        "'*' with cookies",
        SIMPLE % "'*': ResourceOptions(expose_headers=['X-Total'])",
        "browsers never accept '*' with credentials",
        "'*': ResourceOptions(expose_headers=['X-Total'])",
        f"'{APP}': ResourceOptions(allow_credentials=True, expose_headers=['X-Total'])",
        credentials="include",
    ),
    # What was added.
    Mistake(
        "route was not added",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        app.router.add_get('/todos', todos)
        """,
        "GET /todos exists and was not added.",
        "app.router.add_get('/todos', todos)",
        "cors.add(app.router.add_get('/todos', todos))",
    ),
    Mistake(
        "route was not added, and the defaults do not allow what the page needs",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        app.router.add_post('/todos', todos)
        """,
        "POST /todos exists and was not added.",
        "app.router.add_post('/todos', todos)",
        f"cors.add(app.router.add_post('/todos', todos), "
        f"{{'{APP}': ResourceOptions(allow_headers=['Content-Type'])}})",
        method="POST",
        headers=JSON,
    ),
    Mistake(
        "route came after the loop that adds all",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        app.router.add_get("/todos", todos)
        for route in list(app.router.routes()):
            cors.add(route)
        app.router.add_get('/later', later)
        """,
        "GET /later exists and was not added.",
        "app.router.add_get('/later', later)",
        "cors.add(app.router.add_get('/later', todos))",
        path="/later",
    ),
    Mistake(
        "PUT exists and was not added",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        cors.add(app.router.add_get("/todos", todos))
        app.router.add_put('/todos', todos)
        """,
        "PUT /todos exists and was not added.",
        "app.router.add_put('/todos', todos)",
        "cors.add(app.router.add_put('/todos', todos))",
        method="PUT",
    ),
    Mistake(
        "resource was added, and PUT needs more",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        resource = cors.add(app.router.add_resource("/todos"))
        resource.add_route("GET", todos)
        app.router.add_put('/todos', todos)
        """,
        "PUT /todos exists and was not added.",
        "app.router.add_put('/todos', todos)",
        "cors.add(app.router.add_put('/todos', todos))",
        method="PUT",
    ),
    Mistake(
        "files were not added",
        f"""
        import pathlib

        directory = pathlib.Path(aiohttp_cors.__file__).parent
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        app.router.add_static('/files', directory)
        """,
        "GET /files exists and was not added.",
        "app.router.add_static('/files', directory)",
        "cors.add(app.router.add_static('/files', directory))",
        path="/files/py.typed",
    ),
    Mistake(
        "view with CORS was not added",
        f"""
        class Todos(web.View, CorsViewMixin):
            async def get(self):
                return await todos(self.request)


        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        app.router.add_view('/todos', Todos)
        """,
        "GET /todos exists and was not added.",
        "app.router.add_view('/todos', Todos)",
        "cors.add(app.router.add_view('/todos', Todos))",
    ),
    Mistake(
        "route of all methods was not added",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        app.router.add_route('*', '/todos', todos)
        """,
        "GET /todos exists and was not added.",
        "app.router.add_route('*', '/todos', todos)",
        "cors.add(app.router.add_route('*', '/todos', todos))",
    ),
    Mistake(
        "route of all methods was not added, and the defaults allow another one",
        f"""
        options = ResourceOptions(allow_methods=["GET"])
        cors = aiohttp_cors.setup(app, defaults={{'{APP}': options}})
        app.router.add_route('*', '/todos', todos)
        """,
        "POST /todos exists and was not added.",
        "app.router.add_route('*', '/todos', todos)",
        f"cors.add(app.router.add_route('*', '/todos', todos), "
        f"{{'{APP}': ResourceOptions(allow_methods=['GET', 'POST'])}})",
        method="POST",
    ),
    Mistake(
        "POST was added, and allows GET for another origin only",
        """
        cors = aiohttp_cors.setup(app)
        own = {'https://admin.example.com': ResourceOptions(allow_methods=['GET', 'POST'])}
        app.router.add_get('/todos', todos)
        cors.add(app.router.add_post("/todos", todos), own)
        """,
        "GET /todos exists and was not added.",
        "app.router.add_get('/todos', todos)",
        f"cors.add(app.router.add_get('/todos', todos), {{{ITEM}}})",
    ),
    Mistake(
        "resource that is cut off lacks PUT",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        cors.add(app)
        resource = app.router.add_resource("/todos")
        resource.add_route("PUT", todos)
        cors.add(resource, {{'{APP}': ResourceOptions(max_age=60)}}, inherit=False)
        """,
        "No config that applies to PUT /todos allows PUT for any origin.",
        "ResourceOptions(max_age=60)",
        "ResourceOptions(max_age=60, allow_methods=['PUT'])",
        method="PUT",
    ),
    Mistake(
        "method without handler",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        cors.add(app.router.add_delete("/todos/{{id}}", todos))
        # The line to write comes here.
        """,
        "/todos/{id} has DELETE only, so nothing handles PUT there.",
        "# The line to write comes here.",
        "cors.add(app.router.add_route('PUT', '/todos/{id}', handler))",
        method="PUT",
        path="/todos/7",
    ),
    Mistake(
        "method without handler, and no preflight",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        cors.add(app.router.add_delete("/todos/{{id}}", todos))
        # The line to write comes here.
        """,
        "/todos/{id} has DELETE only, so nothing handles POST there.",
        "# The line to write comes here.",
        "cors.add(app.router.add_route('POST', '/todos/{id}', handler))",
        method="POST",
        path="/todos/7",
    ),
    Mistake(
        "lower-case patch",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        cors.add(app.router.add_patch("/todos", todos))
        """,
        "Methods are case-sensitive: /todos has PATCH, and browsers send 'patch'",
        "'patch'",
        "'PATCH'",
        method="patch",
        field="method",
    ),
    Mistake(
        "allow_methods is too short",
        f"""
        cors = aiohttp_cors.setup(app)
        cors.add(app, {{'{APP}': ResourceOptions(allow_methods=['GET'])}})
        app.router.add_put("/todos", todos)
        """,
        "its allow_methods is ['GET'], which does not list PUT.",
        "ResourceOptions(allow_methods=['GET'])",
        "ResourceOptions(allow_methods=['GET', 'PUT'])",
        method="PUT",
    ),
    Mistake(
        "allow_methods is too short for a route of all methods",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        route = app.router.add_route("*", "/todos", todos)
        cors.add(route, {{'{APP}': ResourceOptions(allow_methods=['GET'], max_age=60)}})
        """,
        "is listed in the config of the route * /todos, but its allow_methods is ['GET']",
        "ResourceOptions(allow_methods=['GET'], max_age=60)",
        "ResourceOptions(max_age=60, allow_methods=['DELETE', 'GET'])",
        method="DELETE",
    ),
    Mistake(
        "own handler of OPTIONS",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        app.router.add_put("/todos", todos)
        app.router.add_options("/todos", todos)
        # The line to write comes here.
        """,
        "OPTIONS /todos is a handler of the application",
        "# The line to write comes here.",
        "cors.add(app)",
        method="PUT",
    ),
    Mistake(
        "plain view was not added",
        f"""
        class Todos(web.View):
            async def get(self):
                return await todos(self.request)


        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        app.router.add_view("/todos", Todos)
        # The line to write comes here.
        """,
        "it is a plain web.View",
        "# The line to write comes here.",
        "cors.add(app)",
    ),
    Mistake(
        "config of a view",
        """
        class Todos(web.View, CorsViewMixin):
            cors_config = {'http://app.example.com': ResourceOptions()}

            async def get(self):
                return await todos(self.request)


        cors = aiohttp_cors.setup(app)
        cors.add(app.router.add_view("/todos", Todos))
        """,
        "is listed in Todos.cors_config, and not 'https://app.example.com'",
        "'http://app.example.com': ResourceOptions()",
        ITEM,
    ),
    Mistake(
        "inherit=False cuts off the defaults",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        cors.add(app.router.add_get("/todos", todos), {{}}, inherit=False)
        """,
        "GET /todos was added with inherit=False, which cuts off the other configs",
        "{}",
        f"{{{ITEM}}}",
    ),
    Mistake(
        "inherit=False with another origin",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        own = {{'https://admin.example.com': ResourceOptions()}}
        cors.add(app.router.add_get("/todos", todos), own, inherit=False)
        """,
        "the config of the route GET /todos has 'https://admin.example.com'",
        "'https://admin.example.com': ResourceOptions()",
        ITEM,
    ),
    Mistake(
        "enforce=True, and not added",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}}, enforce=True)
        app.router.add_get('/todos', todos)
        """,
        "GET /todos exists and was not added. enforce=True refuses the request itself.",
        "app.router.add_get('/todos', todos)",
        "cors.add(app.router.add_get('/todos', todos))",
    ),
    # Sub-applications.
    Mistake(
        "sub-application was not added",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        sub_app = web.Application()
        sub_app.router.add_get("/todos", todos)
        app.add_subapp('/api', sub_app)
        """,
        "GET /api/todos is in the sub-application at /api, which was not added.",
        "app.add_subapp('/api', sub_app)",
        "cors.add(app.add_subapp('/api', sub_app))",
        path="/api/todos",
    ),
    Mistake(
        "sub-application with its own setup decides alone",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        sub_app = web.Application()
        own = {{'http://app.example.com': ResourceOptions()}}
        inner = aiohttp_cors.setup(sub_app, defaults=own)
        inner.add(sub_app.router.add_get("/todos", todos))
        cors.add(app.add_subapp("/api", sub_app))
        """,
        "is listed in the defaults of the sub-application at /api, and not",
        "'http://app.example.com': ResourceOptions()",
        ITEM,
        path="/api/todos",
    ),
    Mistake(
        "sub-application with its own setup, where a route was not added",
        f"""
        def make_api():
            app = web.Application()
            cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
            app.router.add_get('/todos', todos)
            return app


        aiohttp_cors.setup(app)
        app.add_subapp("/other", web.Application())
        app.add_subapp("/api", make_api())
        """,
        "GET /api/todos exists and was not added to the CorsConfig of the sub-application at /api, "
        "which has its own.",
        "app.router.add_get('/todos', todos)",
        "cors.add(app.router.add_get('/todos', todos))",
        path="/api/todos",
    ),
    Mistake(
        "path without the prefix of the sub-application",
        f"""
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        sub_app = web.Application()
        sub_app.router.add_get("/todos", todos)
        cors.add(app.add_subapp("/api", sub_app))
        """,
        "There is no route at '/todos'; there is one at '/api/todos'.",
        "'/todos'",
        "'/api/todos'",
        field="url",
    ),
    # Paths.
    Mistake(
        "slash too many",
        ALLOWED,
        "There is no route at '/todos/'; there is one at '/todos'.",
        "'/todos/'",
        "'/todos'",
        path="/todos/",
        field="url",
    ),
    Mistake(
        "slash too few, and a middleware that redirects",
        f"""
        app.middlewares.append(web.normalize_path_middleware())
        cors = aiohttp_cors.setup(app, defaults={{{ITEM}}})
        cors.add(app.router.add_get("/todos/", todos))
        """,
        "normalize_path_middleware redirects there with a response that has no CORS headers.",
        "'/todos'",
        "'/todos/'",
        field="url",
    ),
    Mistake(
        "mistyped path",
        ALLOWED,
        "There is no route at '/todo'; there is one at '/todos'.",
        "'/todo'",
        "'/todos'",
        path="/todo",
        field="url",
    ),
    Mistake(
        "unknown path, and the page wants to see that",
        f"{ALLOWED}# The line to write comes here.",
        "There is no route at '/people'. The application's response has no CORS headers.",
        "# The line to write comes here.",
        "cors.add(app)",
        path="/people",
        status=404,
    ),
    # It works, and not as users expect.
    Mistake(
        "preflights_first=False behind a login",
        f"""
        app.middlewares.append(authenticate)
        options = ResourceOptions(allow_headers=["Authorization"])
        cors = aiohttp_cors.setup(app, defaults={{'{APP}': options}}, preflights_first=False)
        cors.add(app.router.add_get("/todos", todos))
        """,
        "These middlewares run first because of preflights_first=False: authenticate. One that "
        "requires a login, or redirects, fails each preflight; leave preflights_first=False out of "
        "aiohttp_cors.setup(app).",
        ", preflights_first=False",
        "",
        headers=BEARER,
    ),
    Mistake(
        "expose_headers was forgotten",
        SIMPLE % f"'{APP}': ResourceOptions(max_age=60)",
        "The script reads null for response headers that are not safelisted",
        "ResourceOptions(max_age=60)",
        "ResourceOptions(expose_headers=['X-Total'], max_age=60)",
        reads="X-Total",
    ),
]
