"""Every address of the portal begins here."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config.views import livez, metrics, readyz

# The admin has the same door as every page, with its rate limits and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth asks for it

handler403 = "config.views.permission_denied"
handler500 = "config.views.fault"

urlpatterns = [
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    # The lowest app last: "/<mechanism>/…" is the widest pattern.
    path("", include("reporting.urls")),
    path("", include("workplans.urls")),
    path("", include("committees.urls")),
    path("", include("coordination.urls")),
]
