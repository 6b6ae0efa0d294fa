"""Comes after the documents: ingest, open, read, recover; a run never fails because of it."""

from .data_folders import check_data_folder, data_folder, reading_folder
from .folder_lock import DataLock, Holder, lock_holder, next_scan_id
from .ingester import IngesterLoop
from .ingester_handle import Ingestion
from .profile import PROFILE_NAME, profile_path, use_as_default
from .recovery import Recovered, recover
from .runs_view import Catalogue, open_catalogue
from .status_file import STATUS_NAME, read_status, write_status

__all__ = [
    "PROFILE_NAME",
    "STATUS_NAME",
    "Catalogue",
    "DataLock",
    "Holder",
    "IngesterLoop",
    "Ingestion",
    "Recovered",
    "check_data_folder",
    "data_folder",
    "lock_holder",
    "next_scan_id",
    "open_catalogue",
    "profile_path",
    "read_status",
    "reading_folder",
    "recover",
    "use_as_default",
    "write_status",
]
