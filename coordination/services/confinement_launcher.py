"""Puts limits on its own process, then becomes the script; run by `confinement.run` alone.

    confinement_launcher.py CPU_SECONDS ALARM_SECONDS MEMORY_BYTES OUTPUT_BYTES SCRIPT [ARGUMENT …]

It stands alone: nothing of the portal or of its packages is imported before the limits hold.
"""

import os
import resource
import runpy
import signal
import sys

OUT_OF_MEMORY = 71


def confine(cpu_seconds: int, alarm_seconds: int, memory_bytes: int, output_bytes: int) -> None:
    """Set limits that nothing in this process can lift again."""
    # Python would turn this signal into an exception of the script's; it shall end the script.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    signal.alarm(alarm_seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output_bytes, output_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":  # macOS knows the limit on address space and does not keep it
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def main() -> None:
    numbers, script, arguments = sys.argv[1:5], sys.argv[5], sys.argv[6:]
    confine(*map(int, numbers))
    sys.argv = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
