"""Items of an agenda, with the papers that are before the meeting."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import F, Max, Q
from django.utils.translation import gettext_lazy as _

from committees.models import AgendaItem, Body, Document, DocumentVersion, Meeting
from committees.services.agenda import ItemContent
from coordination.forms.conflicts import RemembersItsBeginning, SeenForm
from coordination.forms.fields import KEY_LENGTH, SeveralField, offer
from coordination.models import User

from .meetings import organisations_around


class PapersField(SeveralField):
    """Revisions of documents, each with the number that is pinned."""

    def label_from_instance(self, version: DocumentVersion) -> str:
        return str(
            _("%(title)s, version %(number)d")
            % {"title": version.document.title, "number": version.number}
        )


def papers_for(user: User, bodies: list[Body], item: AgendaItem | None = None) -> Any:
    """The newest revision of each document that the user sees, and those pinned already."""
    keys = [body.pk for body in bodies]
    mechanisms = {body.mechanism_id for body in bodies}
    near = Q(body__in=keys) | Q(body=None, mechanism__in=mechanisms)
    documents = Document.objects.visible_to(user).filter(near)
    newest = DocumentVersion.objects.annotate(last=Max("document__versions__number"))
    offered = Q(pk__in=newest.filter(document__in=documents, number=F("last")).values("pk"))
    if item is not None and item.pk:
        offered |= Q(papers__item=item)
    versions = DocumentVersion.objects.filter(offered).distinct()
    return versions.select_related("document").order_by("document__title", "number")


class ItemForm(RemembersItsBeginning, forms.ModelForm):
    """An item; ``seen_version`` is 0 for a new one."""

    papers = PapersField(
        DocumentVersion.objects.none(), label=_("Papers"), required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("In the revision before the meeting; a later one changes nothing here."),
    )  # fmt: skip
    seen_version = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    class Meta:
        model = AgendaItem
        fields = (
            "title", "aim", "minutes_allotted", "presenter", "presented_by", "note",
            "is_restricted",
        )  # fmt: skip
        widgets = {"note": forms.Textarea(attrs={"rows": 3, "maxlength": 4000})}
        help_texts = {
            "is_restricted": _("Nobody else learns that it stands on the agenda."),
            "presenter": _("The post, not the name."),
        }

    def __init__(
        self,
        data: Any = None,
        *,
        body: Body,
        user: User,
        meeting: Meeting | None = None,
        item: AgendaItem | None = None,
    ) -> None:
        initial: dict[str, Any] = {}
        if item is not None:
            initial = forms.model_to_dict(item, self._meta.fields)
            initial["seen_version"] = item.version
        super().__init__(data, instance=AgendaItem(body=body), initial=initial)
        offer(self, "presented_by", organisations_around(body))
        bodies = [body, *(meeting.joint_with.all() if meeting else [])]
        papers = papers_for(user, bodies, item)
        if papers.exists():
            offer(self, "papers", papers)
            if item is not None:
                pinned = papers.filter(papers__item=item)
                self.initial["papers"] = pinned
        else:
            del self.fields["papers"]

    def content(self) -> ItemContent:
        """What was typed, as the services take it."""
        return cast(
            ItemContent, {name: self.cleaned_data[name] for name in ItemContent.__annotations__}
        )

    def pinned(self) -> Any:
        """The revisions that are chosen."""
        return self.cleaned_data.get("papers", ())


class OrderForm(SeenForm):
    """The keys of all items in their new order, as the page's script sends them."""

    order = forms.CharField(max_length=4000, widget=forms.HiddenInput)

    def clean_order(self) -> list[int]:
        words = self.cleaned_data["order"].split(",")
        if not all(word.isascii() and word.isdigit() and len(word) <= KEY_LENGTH for word in words):
            raise forms.ValidationError(_("This is no order of items."))
        return [int(word) for word in words]
