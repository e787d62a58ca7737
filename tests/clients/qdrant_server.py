"""Qdrant's REST interface over the local mode of its own Python client: the same filters, the same scores, no server.

There is no package that brings Qdrant's server. The local mode is its authors' own implementation of what requests mean, so what a test learns here is whether
requests are understood and answered as meant; not how a server behaves under load or in a crash. Prints its address when it serves. An argument is the key that it wants.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from pydantic import TypeAdapter
from qdrant_client import QdrantClient, models

client = QdrantClient(":memory:")
lock = threading.Lock()
key = sys.argv[1] if len(sys.argv) > 1 else None
FILTER = TypeAdapter(models.Filter | None)
SELECTOR = TypeAdapter(models.PointsSelector)


def dump(value):
    if isinstance(value, list):
        return [dump(item) for item in value]
    return json.loads(value.model_dump_json()) if hasattr(value, "model_dump_json") else value


def collections(method, name, body):
    if method == "PUT":
        if client.collection_exists(name):
            return 409, f"Wrong input: Collection `{name}` already exists!"
        request = models.CreateCollection(**body)
        client.create_collection(
            name,
            vectors_config=request.vectors,
            sparse_vectors_config=request.sparse_vectors,
        )
        return 200, True
    if method == "DELETE":
        return 200, client.delete_collection(name)
    return 405, "no such method"


def points(method, name, action, body):
    if action == "" and method == "PUT":
        upsert = [models.PointStruct(**point) for point in body["points"]]
        client.upsert(name, upsert)
        return {"status": "completed"}
    if action == "":
        found = client.retrieve(name, body["ids"], with_payload=body.get("with_payload", True))
        return dump(found)
    if action == "scroll":
        found, offset = client.scroll(
            name,
            scroll_filter=FILTER.validate_python(body.get("filter")),
            limit=body["limit"],
            offset=body.get("offset"),
            with_payload=body.get("with_payload", True),
            with_vectors=body.get("with_vector", False),
        )
        return {"points": dump(found), "next_page_offset": offset}
    if action == "count":
        found = client.count(name, count_filter=FILTER.validate_python(body.get("filter")), exact=body["exact"])
        return {"count": found.count}
    if action == "delete":
        client.delete(name, SELECTOR.validate_python(body))
        return {"status": "completed"}
    if action == "payload":
        client.set_payload(name, body["payload"], points=body["points"])
        return {"status": "completed"}
    if action == "query/batch":
        requests = [models.QueryRequest(**search) for search in body["searches"]]
        return dump(client.query_batch_points(name, requests))
    raise KeyError(action)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, method):
        path = urlsplit(self.path).path.strip("/").split("/")
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length) or b"null")
        try:
            if key not in (None, self.headers.get("api-key")):
                status, result = 401, "Must provide an API key or an Authorization bearer token"
            else:
                with lock:
                    status, result = self.route(method, path, body)
        except Exception as error:
            status, result = 400, f"{type(error).__name__}: {error}"
        part = {"result": result, "status": "ok"} if status == 200 else {"status": {"error": result}}
        text = json.dumps(part).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def route(self, method, path, body):
        if path == ["collections"]:
            return 200, dump(client.get_collections())
        name = path[1]
        if method != "PUT" or len(path) > 2:
            if not client.collection_exists(name):
                return 404, f"Not found: Collection `{name}` doesn't exist!"
        if len(path) == 2:
            return collections(method, name, body)
        if path[2] == "index":
            return 200, {"status": "completed"}
        return 200, points(method, name, "/".join(path[3:]), body)

    def do_GET(self):
        self.answer("GET")

    def do_PUT(self):
        self.answer("PUT")

    def do_POST(self):
        self.answer("POST")

    def do_DELETE(self):
        self.answer("DELETE")

    def log_message(self, *_):
        pass


# Those who wait to be accepted: a search asks for several counts at once.
ThreadingHTTPServer.request_queue_size = 128
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"serving http://127.0.0.1:{server.server_port}", flush=True)
sys.stdout.flush()
server.serve_forever()
