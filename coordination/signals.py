"""What higher apps may listen to: ends of offices, accepted invitations, new backbones, leavers."""

from django.dispatch import Signal

# Sent with ``office: Office``, ``by: User | None`` and ``at``, in the transaction that ends it:
# what goes with the office ends with it (R26).
office_ended = Signal()

# Sent with ``invitation: Invitation`` (its office given), ``office: Office`` and ``at``, in the
# transaction that accepts it. A receiver's Refusal stops the acceptance, with its sentence.
invitation_accepted = Signal()

# Sent with ``mechanism: Mechanism`` (its new backbone set), ``before: Organisation | None``,
# ``by: User`` and ``at``, in the transaction of the hand-over.
backbone_handed_over = Signal()

# Sent with ``user: User`` (whose name still stands), ``addresses`` in small letters, ``by: User``
# and ``at``, in the transaction that anonymises the person: what an app keeps beside texts goes.
person_anonymised = Signal()
