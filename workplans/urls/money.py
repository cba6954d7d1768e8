"""Addresses of money: a plan’s sums and rates, commitments, and the policy on travel."""

from django.urls import URLPattern, path

from workplans.views import commitments, money, travel

from .plans import PLAN

urlpatterns: list[URLPattern] = [
    path(f"{PLAN}money/", money.plan_money, name="plan-money"),
    path(f"{PLAN}money.xlsx", money.plan_money_export, name="plan-money-export"),
    path(f"{PLAN}rates/", money.plan_rates, name="plan-rates"),
    path(f"{PLAN}rates/new/", money.plan_rate_set, name="plan-rate-set"),
    path(f"{PLAN}rates/month/", money.monthly_rate_set, name="monthly-rate-set"),
    path("commitments/<int:pk>/", commitments.commitment_detail, name="commitment-detail"),
    path("commitments/<int:pk>/edit/", commitments.commitment_edit, name="commitment-edit"),
    path(
        "commitments/<int:pk>/confirm/", commitments.commitment_confirm, name="commitment-confirm"
    ),
    path(
        "commitments/<int:pk>/release/", commitments.commitment_release, name="commitment-release"
    ),
    path("commitments/<int:pk>/spending/", commitments.commitment_spend, name="commitment-spend"),
    path(
        "commitments/<int:pk>/withdraw/",
        commitments.commitment_withdraw,
        name="commitment-withdraw",
    ),
    path("commitments/<int:pk>/close/", commitments.commitment_close, name="commitment-close"),
    path("mechanisms/<slug:slug>/travel/", travel.travel_policy, name="travel-policy"),
    path(
        "mechanisms/<slug:slug>/travel/new/",
        travel.travel_policy_create,
        name="travel-policy-create",
    ),
]
