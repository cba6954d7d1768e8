"""Bodies are kept by administrators until they have pages of their own."""

from django.urls import reverse

from coordination.models import Event
from tests.factories.committees import BodyFactory, MeetingFactory


def test_a_meeting_is_entered_and_leaves_its_event(client, administrator, mechanism):
    body = BodyFactory(mechanism=mechanism, slug="spdc")
    meeting = MeetingFactory(body=body, number=1)
    client.force_login(administrator)
    url = reverse("admin:committees_body_change", args=[body.pk])
    rows = [
        {"id": meeting.pk, "number": 1, "held_on": "2018-03-01"},
        {"id": "", "number": 2, "held_on": "2019-10-01"},
    ]
    common = {"body": body.pk, "kind": "ordinary", "origin": "document"}
    data = {
        "mechanism": mechanism.pk, "name": body.name, "short_name": "SPDC", "slug": "spdc",
        "state": "meeting", "position": 0, "origin": "document",
        "meetings-TOTAL_FORMS": 2, "meetings-INITIAL_FORMS": 1,
        **{
            f"meetings-{number}-{name}": value
            for number, row in enumerate(rows)
            for name, value in (common | row).items()
        },
    }  # fmt: skip

    opened, saved = client.get(url), client.post(url, data)

    assert (opened.status_code, saved.status_code) == (200, 302)
    assert body.meetings.count() == 2
    second = body.meetings.get(number=2)
    assert Event.objects.about(second).get().verb == "committees.meeting_added"
