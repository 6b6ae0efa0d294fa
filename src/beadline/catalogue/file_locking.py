"""A lock on an open file that the operating system gives back when its process dies."""

import os
import sys

if sys.platform == "win32":
    import msvcrt

    # Windows forbids others to read the locked bytes: lock some that are never written.
    _FAR_BEHIND = 1 << 30

    def try_to_lock(file: int) -> bool:
        """Lock an open file, and tell whether that was possible; does not wait."""
        os.lseek(file, _FAR_BEHIND, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, 0, os.SEEK_SET)
        return True

    def unlock(file: int) -> None:
        """Give the lock back."""
        os.lseek(file, _FAR_BEHIND, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def try_to_lock(file: int) -> bool:
        """Lock an open file, and tell whether that was possible; does not wait."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(file: int) -> None:
        """Give the lock back."""
        fcntl.flock(file, fcntl.LOCK_UN)
