"""Servers whose packages exclude those installed: fetched, unpacked beside, never installed.

The packages are unpacked below tests/lab/.cache/root (which git ignores).  A host that needs them
gets a mount namespace in which that tree is laid over /usr and /etc (overlayfs).
"""

import os
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
# A source tree that may not be written to gets its cache in the user's home.
CACHE = (HERE if os.access(HERE, os.W_OK) else pathlib.Path.home()) / ".cache"
if CACHE.parent != HERE:
    CACHE /= "mailgloss-lab"
ROOT = CACHE / "root"
PACKAGES = (
    "courier-imap", "courier-pop", "courier-base", "courier-authdaemon", "courier-authlib",
    "courier-authlib-userdb", "libcourier-unicode4", "libgamin0", "gamin", "exim4-daemon-light",
    "exim4-base", "libgnutls-dane0", "libunbound8", "libevent-2.1-7", "libpcre3", "libltdl7",
    "libidn12", "libgdbm6", "libnsl2",
)


class Missing(Exception):
    """Something this machine lacks; the words say what."""


def fetch():
    """Make sure that the unpacked tree is there."""
    done = ROOT / ".complete"
    if done.exists() and done.read_text().split() == list(PACKAGES):
        return
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise Missing(f"{program}, to unpack Courier and Exim")
    packages = CACHE / "deb"
    shutil.rmtree(CACHE, ignore_errors=True)
    packages.mkdir(parents=True)
    got = subprocess.run(["apt-get", "download", "-q", *PACKAGES], cwd=packages,
                         capture_output=True, text=True)
    if got.returncode != 0:
        raise Missing(f"the packages of Courier and Exim: {got.stderr.strip()}")
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, ROOT], check=True)
    # /lib is a link into /usr on the host; what packages put there belongs to the same tree.
    if (ROOT / "lib").is_dir():
        shutil.copytree(ROOT / "lib", ROOT / "usr/lib", dirs_exist_ok=True, symlinks=True)
        shutil.rmtree(ROOT / "lib")
    shutil.rmtree(packages)
    done.write_text(" ".join(PACKAGES))


def mount_commands(upper):
    """Shell commands that lay the tree over this mount namespace; /etc becomes writable."""
    return f"""
mount -t overlay lab -o lowerdir={ROOT}/usr:/usr /usr
mkdir -p {upper}/etc {upper}/work
mount -t overlay lab -o lowerdir={ROOT}/etc:/etc,upperdir={upper}/etc,workdir={upper}/work /etc
mount -t tmpfs lab /run
"""
