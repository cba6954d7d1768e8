"""The portal's addresses, and the bare page that each page is held against."""

from django.urls import include, path

from tests.bench.bare import bare

urlpatterns = [path("bare/<int:rows>/", bare), path("", include("config.urls"))]
