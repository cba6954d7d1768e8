import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("workplans", "0001_initial"),
    ]

    operations = [
        migrations.DeleteModel("DeclaredRate"),
        migrations.CreateModel(
            name='DeclaredRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.CharField(choices=[('overnight', 'Per diem with a night away'), ('day', 'Per diem without a night away'), ('lunch', 'Lunch'), ('lodging', 'Lodging'), ('transport', 'Transport refund'), ('kilometre', 'Each kilometre by own vehicle')], max_length=9, verbose_name='item')),
                ('role', models.CharField(choices=[('officer', 'County officers'), ('partner', 'Partner staff'), ('community', 'Community participants')], max_length=9, verbose_name='paid to')),
                ('amount_minor', models.BigIntegerField(verbose_name='amount')),
                ('currency', models.CharField(choices=[('KES', 'Kenya shilling'), ('USD', 'US dollar'), ('EUR', 'Euro'), ('PKR', 'Pakistan rupee'), ('KHR', 'Cambodian riel')], max_length=3, verbose_name='currency')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason of the deviation')),
                ('declared_at', models.DateTimeField(verbose_name='declared at')),
                ('declared_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='travel_rates_declared', to=settings.AUTH_USER_MODEL)),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='travel_rates', to='workplans.activityevent')),
            ],
            options={
                'verbose_name': 'declared rate',
                'verbose_name_plural': 'declared rates',
                'constraints': [models.UniqueConstraint(models.F('event'), models.F('item'), models.F('role'), name='one_declared_rate_an_event'), models.CheckConstraint(condition=models.Q(('amount_minor__gte', 0)), name='declared_rate_amount')],
            },
        ),
    ]
