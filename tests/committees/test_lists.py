"""What the lists of a mechanism's work have in common."""

import pytest
from django.urls import reverse

LISTS = {
    "memo-list": "?state=rejected",
    "escalation-list": "?overdue=on",
    "action-list": "?overdue=on",
    "alert-list": "?state=closed",
    "document-list": "?q=nothing",
}


@pytest.mark.parametrize("name", LISTS)
def test_an_empty_list_has_nothing_to_filter_and_a_narrowed_one_offers_all(
    client, mechanism, secretary, name
):
    client.force_login(secretary)
    address = reverse(name, args=[mechanism.slug])

    whole = client.get(address).content.decode()
    narrowed = client.get(f"{address}{LISTS[name]}").content.decode()

    assert ('class="filter-bar"' in whole, 'class="filter-bar"' in narrowed) == (False, True)
    assert ("Nothing matches" in whole, "Nothing matches" in narrowed) == (False, True)
    assert f'class="btn btn-primary" href="{address}"' in narrowed
