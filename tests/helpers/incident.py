"""An incident as a citizen reports it."""

from data.model.field import Incident
from tests.helpers.makers import NOW


def incident(**changes) -> Incident:
    return Incident(
        **(
            {
                "id": 7,
                "operation_id": 1,
                "kind": "blocked_inlet",
                "segment_id": "S2",
                "source": "desk",
                "reported_at": NOW,
                "received_at": NOW,
                "by": "热线",
            }
            | changes
        )
    )
