from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reporting", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="total",
            index=models.Index(
                condition=models.Q(("category", None), ("organisation", None)),
                fields=["version", "place", "basis", "period"],
                name="undivided_total",
            ),
        )
    ]
