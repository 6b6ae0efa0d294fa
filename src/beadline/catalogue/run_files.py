"""Which file a document of a run names: one in the folder of the run, or none that is opened."""

from pathlib import Path
from urllib.parse import urlparse

from .file_uris import file_uri, path_of


def file_of_run(folder: Path, uri: str) -> Path:
    """Return the file that a document of a run names.

    Documents may come from elsewhere: what lies outside the folder of their run is nobody's to open, to serve or to
    register, whether it is named so or a link leads there.

    Args:
        folder: of the run.
        uri: of the document.

    Raises:
        ValueError: it names no file of this computer, or none in that folder.
    """
    path = path_of(uri)
    as_others_read_it = path_of(file_uri(Path(urlparse(uri).path)))
    for each in (path, as_others_read_it):
        if not _real(each).is_relative_to(_real(folder)):
            raise ValueError(f"Cannot open {uri}: it is not in the folder of its run, {folder}")
    return path


def own_file(folder: Path, name: str) -> Path:
    """Return a file of a run by its name.

    Raises:
        ValueError: it is a link that leads out of the folder.
    """
    return file_of_run(folder, file_uri((folder / name).absolute()))


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a name that is too long, a NUL
        raise ValueError(f"Cannot open {path}: {error}") from error
