"""What higher apps may listen to: offices that end, invitations that are accepted."""

from django.dispatch import Signal

# Sent with ``office: Office``, ``by: User | None`` and ``at``, in the transaction that ends it:
# what goes with the office ends with it (R26).
office_ended = Signal()

# Sent with ``invitation: Invitation`` (its office given), ``office: Office`` and ``at``, in the
# transaction that accepts it. A receiver's Refusal stops the acceptance, with its sentence.
invitation_accepted = Signal()
