"""The locks of Windows, by those of other systems."""

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class Msvcrt:
    """What :mod:`msvcrt` has for locks; that of a held one raises PermissionError."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def locking(self, handle, mode, n_bytes):
        assert n_bytes == 1
        if mode == self.LK_UNLCK:
            fcntl.flock(handle, fcntl.LOCK_UN)
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PermissionError(13, "Permission denied") from error
