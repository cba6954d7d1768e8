"""Addresses of `coordination`."""

from django.urls import URLPattern, URLResolver, path

from coordination.views import files

urlpatterns: list[URLPattern | URLResolver] = [
    path("files/<int:pk>/", files.file_download, name="file-download"),
    path("files/<int:pk>/small/", files.file_small, name="file-small"),
]
