"""Finds koala-client and starts it."""

import os
import subprocess
from pathlib import Path

PLUG_IN_FOLDER = Path(__file__).resolve().parent.parent

# What an AppImage or a bundle of GIMP puts into the environment for itself is not the client's.
GIMPS_OWN = ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "GI_TYPELIB_PATH", "DYLD_LIBRARY_PATH")


class KoalaError(Exception):
    """What went wrong, in words that say what to do."""


def in_flatpak():
    return Path("/.flatpak-info").exists()


def client_places():
    """Where koala-client is looked for, in order: (what it is called for people, path or None)."""
    program = "koala-client.exe" if os.name == "nt" else "koala-client"
    settings = PLUG_IN_FOLDER / "client-path.txt"
    named = settings.read_text(encoding="utf-8").strip() if settings.is_file() else None
    on_path = next((p for d in os.get_exec_path() if d and (p := Path(d) / program).is_file()), None)
    yield "the environment variable KOALA_CLIENT", os.environ.get("KOALA_CLIENT") or None
    yield f"the path in {settings}", named
    yield f"{PLUG_IN_FOLDER / program}", PLUG_IN_FOLDER / program
    yield "the folders of PATH", on_path


def find_client():
    places = list(client_places())
    for _, path in places:
        # A Flatpak does not see all of the files outside, where the client runs.
        if path and (Path(path).is_file() or in_flatpak()):
            return str(path)
    raise KoalaError(
        "koala-client was not found. Run \"koala-client gimp install\" once in a terminal. Looked for it in "
        + "; ".join(name + (f" ({path}, no such file)" if path else "") for name, path in places) + ".")


def start_client(*arguments):
    """A koala-client that runs, with pipes for all it reads and writes."""
    environment = {name: value for name, value in os.environ.items() if name not in GIMPS_OWN}
    outside = ["flatpak-spawn", "--host", "--watch-bus"] if in_flatpak() else []
    try:
        return subprocess.Popen(
            [*outside, find_client(), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment, creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0))
    except OSError as error:
        raise KoalaError(f"koala-client cannot be started: {error}") from error


def worker_lines():
    """What to tell about the worker, line after line. Starts it where none runs, so that it is warm when the picture comes."""
    try:
        process = start_client("worker", "start")
        process.stdin.close()
        for line in process.stdout:
            # The last line says where it is, which only programs want to know.
            if not (text := line.decode(errors="replace").strip()).startswith("The worker is ready"):
                yield text
        if process.wait() != 0:
            yield process.stderr.read().decode(errors="replace").strip().removeprefix("koala-client: ")
            return
        yield f"The worker is warm: {worker_device()}"
    except KoalaError as error:
        yield str(error)


def worker_device():
    process = start_client("status")
    lines, _ = process.communicate()
    return next((line[len("device"):].strip() for line in lines.decode(errors="replace").splitlines() if line.startswith("device")), "")
