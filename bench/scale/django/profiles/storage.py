import os

from django.core.files.storage import FileSystemStorage


class FlushedStorage(FileSystemStorage):
    """As durable as the rows that name its files: Django itself leaves them to the system to write."""

    def _save(self, name, content):
        name = super()._save(name, content)
        path = self.path(name)
        flush(path)
        flush(os.path.dirname(path))
        return name


def flush(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
