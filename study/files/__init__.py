"""The files of a study, checkpoints and weights, wherever they are: in a folder, or at a URL that fsspec knows.

Whoever reads or writes such a file asks a `Place` for it, and does not see where it is.
"""

from study.files.file import File, FileError, FileReadError, FileWriteError
from study.files.local import LocalFile
from study.files.location import is_url
from study.files.place import Place

__all__ = ["File", "FileError", "FileReadError", "FileWriteError", "LocalFile", "Place", "is_url"]
