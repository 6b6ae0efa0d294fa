"""Comes after the documents: ingest, open, read, recover; a run never fails because of it."""

from .calibrations import OLDEST_DAYS, Choice, ForceCalibration, Present, foreign, latest_valid
from .data_folders import check_data_folder, data_folder, reading_folder
from .folder_lock import DataLock, Holder, lock_holder, next_scan_id
from .ingester import IngesterLoop
from .ingester_handle import Ingestion
from .kept_results import KeptResult, kept_result
from .parents import bead_name, result_of
from .profile import PROFILE_NAME, profile_path, use_as_default
from .recovery import Recovered, recover
from .runs_view import Catalogue, open_catalogue
from .status_file import STATUS_NAME, read_status, write_status

__all__ = [
    "OLDEST_DAYS",
    "PROFILE_NAME",
    "STATUS_NAME",
    "Catalogue",
    "Choice",
    "DataLock",
    "ForceCalibration",
    "Holder",
    "IngesterLoop",
    "Ingestion",
    "KeptResult",
    "Present",
    "Recovered",
    "bead_name",
    "check_data_folder",
    "data_folder",
    "foreign",
    "kept_result",
    "latest_valid",
    "lock_holder",
    "next_scan_id",
    "open_catalogue",
    "profile_path",
    "read_status",
    "reading_folder",
    "recover",
    "result_of",
    "use_as_default",
    "write_status",
]
