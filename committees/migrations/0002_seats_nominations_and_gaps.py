"""Nominations that are invited or withdrawn, and one alarm a gap."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("committees", "0001_initial"),
        ("coordination", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "appointment",
            "email",
            models.EmailField(blank=True, max_length=254, verbose_name="e-mail address"),
        ),
        migrations.AddField(
            "appointment",
            "withdrawn_at",
            models.DateTimeField(blank=True, null=True, verbose_name="nomination withdrawn at"),
        ),
        migrations.AddField(
            "appointment",
            "invitation",
            models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seat_offered",
                to="coordination.invitation",
            ),
        ),
        migrations.AddConstraint(
            "appointment",
            models.CheckConstraint(
                condition=models.Q(("confirmed_at", None), ("withdrawn_at", None), _connector="OR"),
                name="appointment_confirmed_or_withdrawn",
            ),
        ),
        migrations.RemoveConstraint("cadencealarm", "one_alarm_per_missed_meeting"),
        migrations.AddField(
            "cadencealarm",
            "counted_from",
            models.DateField(default="2020-01-01", verbose_name="counted from"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            "cadencealarm",
            models.UniqueConstraint(
                models.F("body"), models.F("counted_from"), name="one_alarm_per_gap"
            ),
        ),
    ]
