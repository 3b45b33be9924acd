"""A case of the street as the hotline passes it on."""

from datetime import timedelta

from data.model.street.street_case import CaseLevel, StreetCase
from tests.helpers.makers import NOW


def street_case(**changes) -> StreetCase:
    return StreetCase(
        **(
            {
                "operation_id": 1,
                "kind": "rubbish_heap",
                "level": CaseLevel.LARGE,
                "text": "",
                "source": "desk",
                "external_id": None,
                "segment_id": "S1",
                "position": None,
                "photo": None,
                "reported_at": NOW,
                "received_at": NOW,
                "by": "热线",
                "owner": "G",
                "due_at": NOW + timedelta(hours=1),
            }
            | changes
        )
    )
