"""Work of `reporting` that leaves the web process, and what it does by the clock."""

from datetime import timedelta

from celery import shared_task

from coordination.services.schedule import scheduled
from reporting.services import making, review_making, storage


@shared_task
def make_edition(edition_id: int) -> None:
    """Make the edition; a second delivery of this message finds it claimed or made."""
    making.make_edition(edition_id)


@scheduled(every=timedelta(seconds=15))
def sweep_editions() -> None:
    """Hint again at what waits, take back what a dead worker held, end what died too often."""
    making.sweep_editions()


@scheduled(every=timedelta(hours=6))
def remove_orphans() -> None:
    """Remove files that killed workers left behind."""
    storage.remove_orphans()


@shared_task
def make_pack(pack_id: int) -> None:
    """Make the review pack; a second delivery of this message finds it claimed or made."""
    review_making.make_pack(pack_id)


@scheduled(every=timedelta(seconds=15))
def sweep_packs() -> None:
    """As for editions: hint again, take back, end what died too often."""
    review_making.sweep_packs()


@scheduled(every=timedelta(hours=6))
def remove_orphaned_packs() -> None:
    """Remove files that killed workers left behind."""
    review_making.remove_orphans()
