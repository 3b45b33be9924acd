"""A station's phone over real HTTP on loopback, and a picture that it takes."""

import base64
import http.client
import json
from io import BytesIO

from PIL import Image

from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from tests.helpers.makers import HOUR, NOW

EVIL = "<script>alert(1)</script>\"'&"


class Phone:
    """A phone with one station's link."""

    def __init__(self, port, store, drill):
        self.port, self.store, self.drill = port, store, drill
        self.links = Links(store, NotifySettings(), lambda: NOW + HOUR / 2)
        self.token = self.links.token(drill.id, 1, "A")

    def ask(self, method, path, body=None, kind="application/json"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, {"Content-Type": kind} if body is not None else {})
        answer = connection.getresponse()
        told = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return told

    def tap(self, token=None, **told):
        event = {"event_id": "0001-0001", "kind": "clear", "job_id": "clear:S1"} | told
        status, _, body = self.ask(
            "POST", f"/s/{token or self.token}/events", json.dumps(event).encode()
        )
        return status, json.loads(body)

    @property
    def events(self):
        return self.store.field.events(self.drill.id)


def picture(kind="JPEG", size=(3000, 2000)) -> str:
    held = BytesIO()
    Image.new("RGB", size, "grey").save(held, kind)
    return base64.b64encode(held.getvalue()).decode()
