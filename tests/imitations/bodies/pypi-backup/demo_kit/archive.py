import os
import tarfile
import tempfile


def pack(folder, skip=(".git", "__pycache__")):
    handle, path = tempfile.mkstemp(suffix=".tar.gz")
    os.close(handle)
    with tarfile.open(path, "w:gz") as archive:
        for root, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if name not in skip]
            for name in files:
                full = os.path.join(root, name)
                archive.add(full, os.path.relpath(full, folder))
    return path
