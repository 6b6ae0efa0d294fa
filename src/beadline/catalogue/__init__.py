"""Comes after the documents: ingest, open, read, recover; a run never fails because of it."""

from .data_folders import check_data_folder, data_folder, reading_folder
from .folder_lock import DataLock, Holder, lock_holder, next_scan_id
from .ingester import IngesterLoop
from .ingester_handle import Ingestion
from .profile import PROFILE_NAME, profile_path, use_as_default
from .recovery import Recovered, recover
from .runs_view import Catalogue, open_catalogue

__all__ = [
    "PROFILE_NAME",
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
    "reading_folder",
    "recover",
    "use_as_default",
]
