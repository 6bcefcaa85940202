"""What kind of file system a folder is on."""

from pathlib import Path

import psutil

_NETWORK = (
    "nfs",
    "cifs",
    "smb",
    "9p",
    "afpfs",
    "webdav",
    "davfs",
    "fuse.sshfs",
    "fuse.rclone",
    "ceph",
    "glusterfs",
)


def file_system_type(folder: Path) -> str:
    """The type of the mount that holds `folder`, such as ext4 or nfs4; "unknown" where the system does not say."""
    resolved = folder.resolve()
    mounts = [
        (Path(partition.mountpoint), partition.fstype)
        for partition in psutil.disk_partitions(all=True)
        if resolved.is_relative_to(partition.mountpoint)
    ]
    return max(mounts, key=lambda mount: len(mount[0].parts), default=(resolved, ""))[1] or "unknown"


def is_network_mount(folder: Path) -> bool:
    return file_system_type(folder).lower().startswith(_NETWORK)
