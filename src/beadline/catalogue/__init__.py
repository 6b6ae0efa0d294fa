"""Comes after the documents: ingest, open, read, recover; a run never fails because of it."""

from .data_folders import check_data_folder, data_folder, reading_folder
from .folder_lock import DataLock, Holder, lock_holder, next_scan_id
from .ingester import IngesterLoop
from .ingester_handle import Ingestion
from .profile import PROFILE_NAME, profile_path, use_as_default

__all__ = [
    "PROFILE_NAME",
    "DataLock",
    "Holder",
    "IngesterLoop",
    "Ingestion",
    "check_data_folder",
    "data_folder",
    "lock_holder",
    "next_scan_id",
    "profile_path",
    "reading_folder",
    "use_as_default",
]
