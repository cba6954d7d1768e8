from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("committees", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="escalationstep", name="one_step_per_body"),
    ]
