"""The files that deploy the portal name what is there: commands, variables, volumes, paths."""

from __future__ import annotations

import itertools
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OWN = {name: each for name, each in COMPOSE["services"].items() if "build" in each}
SETTINGS = (ROOT / "config/settings.py").read_text()
# Read by what surrounds the settings, or by the compose file itself.
READ_ELSEWHERE = {"HOST", "PORT", "POSTGRES_PASSWORD"}
# What a process says of itself, or to those that it starts.
NOBODY_SETS = {"DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR", "SERVES_PEOPLE", "WEB_PLACE"}


def words_of(command: str) -> list[str]:
    """A command of the compose file, laid open where a shell runs several."""
    return shlex.split(command.replace(";", " ; ").replace("&&", " ; "))


@pytest.mark.parametrize("name", OWN)
def test_a_service_runs_what_is_there(name):
    words = [word for part in words_of(OWN[name]["command"]) for word in words_of(part)]
    for before, word in itertools.pairwise(words):
        if before == "manage.py":
            assert word in get_commands()
    programs = {"gunicorn", "celery"} & set(words)
    assert all((Path(sys.executable).parent / program).exists() for program in programs)
    assert programs or "manage.py" in words


def test_every_service_waits_for_one_that_is_there_and_keeps_its_volumes():
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
        sources = {each.partition(":")[0] for each in service.get("volumes", [])}
        named = {source for source in sources if not source.startswith(".")}
        assert named <= set(COMPOSE["volumes"])
        mounted = {source for source in sources - named if source != "./deploy/tls"}
        assert all((ROOT / source).exists() for source in mounted)


def test_what_is_queued_survives_and_nothing_queued_is_thrown_away():
    command = COMPOSE["services"]["queue"]["command"]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_only_the_proxy_is_reached_from_outside():
    reached = [name for name, each in COMPOSE["services"].items() if "ports" in each]
    assert reached == ["proxy"]


def test_every_variable_of_the_example_is_read_and_no_other():
    example = (ROOT / ".env.example").read_text()
    names = set(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", example, re.MULTILINE))
    read = set(re.findall(r"[\"']([A-Z][A-Z0-9_]+)[\"']", SETTINGS + processes()))
    asked = set(re.findall(r'\benv(?:iron)?[.a-z]*[(\[]\s*"([A-Z0-9_]+)"', SETTINGS + processes()))
    assert asked - names == NOBODY_SETS
    assert names - read - READ_ELSEWHERE == set()
    given = set(COMPOSE["x-portal"]["environment"])
    assert given <= names


def processes() -> str:
    return "".join((ROOT / f"config/{name}.py").read_text() for name in ("gunicorn_conf", "celery"))


def test_the_image_is_made_of_what_is_there():
    dockerfile = (ROOT / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (.+)$", dockerfile, re.MULTILINE):
        *sources, _target = line.split()
        assert all((ROOT / source).exists() for source in sources)
    assert "libpango-1.0-0" in dockerfile


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not here")
def test_nginx_takes_its_file(tmp_path):
    """As it is deployed, but for names and paths that only containers have."""
    written = (ROOT / "deploy/nginx.conf").read_text()
    certificate = make_certificate(tmp_path)
    for name, here in certificate.items():
        written = written.replace(f"/etc/nginx/tls/{name}", str(here))
    written = written.replace("server web:8000", "server 127.0.0.1:8000")
    written = written.replace("include mime.types", "include /etc/nginx/mime.types")
    file = tmp_path / "nginx.conf"
    # Older releases spell HTTP/2 otherwise.
    file.write_text(f"pid {tmp_path}/pid;\n" + written.replace("        http2 on;\n", ""))
    tried = subprocess.run(
        ["nginx", "-t", "-c", str(file), "-p", str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tried.returncode == 0, tried.stderr


def make_certificate(folder: Path) -> dict[str, Path]:
    """A certificate that signs itself, and its key."""
    files = {name: folder / name for name in ("fullchain.pem", "privkey.pem")}
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", "/CN=portal.example.org", "-keyout", str(files["privkey.pem"]),
         "-out", str(files["fullchain.pem"])],
        capture_output=True, check=True,
    )  # fmt: skip
    return files
