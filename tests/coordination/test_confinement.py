"""A confined script's end is always a result or a named failure, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coordination.services import confinement
from coordination.services.confinement import (
    InputRefused,
    OutOfMemory,
    OutOfTime,
    OutputTooLarge,
    StoppedUnexpectedly,
)

pytestmark = pytest.mark.one_database

MEGABYTE = 1024 * 1024


@pytest.fixture
def confined(tmp_path):
    """Run the source of a script under tight limits: ``confined("print(1)", b"input")``."""

    def run(source: str, stdin: bytes = b"", **limits) -> bytes:
        script = tmp_path / "script.py"
        script.write_text(source)
        tight = {"cpu_seconds": 2, "memory_bytes": 256 * MEGABYTE, "wall_seconds": 10}
        return confinement.run(script, stdin, **(tight | limits))

    return run


def test_a_script_gets_its_input_and_arguments_and_gives_its_output(confined):
    source = "import sys; sys.stdout.buffer.write(sys.argv[1].encode() + sys.stdin.buffer.read())"

    assert confined(source, b"\x00input", arguments=["argument "]) == b"argument \x00input"


def test_large_input_and_output_do_not_block_each_other(confined):
    source = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
    content = os.urandom(8 * MEGABYTE)

    assert confined(source, content) == content


def test_a_refusal_carries_the_scripts_own_word(confined):
    source = (
        f"import sys; print('too many pixels', file=sys.stderr); sys.exit({confinement.REFUSED})"
    )

    with pytest.raises(InputRefused) as refused:
        confined(source)

    assert refused.value.complaint == "too many pixels"


def test_a_script_that_computes_for_ever_is_out_of_time(confined):
    with pytest.raises(OutOfTime):
        confined("while True: pass", cpu_seconds=1)


def test_a_script_that_waits_for_ever_is_out_of_time(confined):
    started = time.monotonic()

    with pytest.raises(OutOfTime):
        confined("import time; time.sleep(60)", wall_seconds=1)

    assert time.monotonic() - started < 5


def test_what_a_script_started_ends_with_it(confined, tmp_path):
    pid_file = tmp_path / "pid"
    source = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pid_file)!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )

    with pytest.raises(OutOfTime):
        confined(source, wall_seconds=2)

    wait_until(lambda: not is_running(int(pid_file.read_text())))


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not keep a limit on memory")
def test_a_script_that_swells_is_out_of_memory(confined):
    with pytest.raises(OutOfMemory):
        confined(f"x = bytearray({512 * MEGABYTE})")


def test_a_script_that_writes_too_much_is_cut_off(confined):
    source = f"import sys; sys.stdout.buffer.write(bytes({2 * MEGABYTE}))"

    with pytest.raises(OutputTooLarge):
        confined(source, output_bytes=MEGABYTE)


def test_a_crash_is_told_with_the_end_of_its_complaint(confined):
    with pytest.raises(StoppedUnexpectedly) as stopped:
        confined("raise ValueError('of the script')")

    assert stopped.value.complaint.endswith("ValueError: of the script")


def test_a_killed_script_stopped_unexpectedly(confined):
    with pytest.raises(StoppedUnexpectedly):
        confined(f"import os; os.kill(os.getpid(), {signal.SIGKILL:d})")


def test_a_script_sees_nothing_of_the_portal(confined, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    source = "import os, sys; print(sorted(os.environ), os.getcwd() in sys.path)"

    assert confined(source) == b"['HOME', 'LANG', 'PATH', 'TMPDIR'] False\n"


def test_the_script_finds_no_other_programs(confined):
    assert confined("import shutil; print(shutil.which('sh'))") == b"None\n"


def test_the_environment_that_is_given_is_added(confined):
    answer = confined(
        "import os; print(os.environ['XDG_CACHE_HOME'])", environment={"XDG_CACHE_HOME": "/c"}
    )

    assert answer == b"/c\n"


def test_a_script_cannot_lift_its_limits(confined):
    source = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))"
    if os.geteuid() == 0:
        pytest.skip("the superuser may lift limits")

    with pytest.raises(StoppedUnexpectedly):
        confined(source)


def test_nothing_is_left_when_the_asking_process_is_killed(tmp_path):
    pid_file = tmp_path / "pid"
    script = tmp_path / "script.py"
    script.write_text(
        f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    )
    ask = f"""
from pathlib import Path
from coordination.services import confinement
confinement.GRACE_SECONDS = 0
confinement.run(Path({str(script)!r}), b"", cpu_seconds=5, memory_bytes=2**28, wall_seconds=2)
"""
    root = Path(__file__).parents[2]
    asking = subprocess.Popen([sys.executable, "-c", ask], cwd=root)
    wait_until(pid_file.exists)
    asking.kill()
    asking.wait()

    wait_until(lambda: not is_running(int(pid_file.read_text())))


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
