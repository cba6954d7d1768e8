"""What higher apps may listen to: offices that end, invitations accepted, backbones replaced."""

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
