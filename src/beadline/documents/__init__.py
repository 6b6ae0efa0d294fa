"""Documents as data: lossless lines, journals with torn tails, folders of runs, results, start metadata; no Bluesky."""

from .encoding import decode_line, encode_document
from .folder_layout import run_folder, run_folders, scan_id_of
from .journal_files import JOURNAL_NAME, Document, JournalTail, ReadJournal, complete_lines, kind_of, read_documents
from .result_files import FORCE_CALIBRATION, RESULT_NAME, Result, read_result, utc_now, write_result
from .start_metadata import BeadType, Buffer, Sample, StartMetadata, check_start_metadata

__all__ = [
    "FORCE_CALIBRATION",
    "JOURNAL_NAME",
    "RESULT_NAME",
    "BeadType",
    "Buffer",
    "Document",
    "JournalTail",
    "ReadJournal",
    "Result",
    "Sample",
    "StartMetadata",
    "check_start_metadata",
    "complete_lines",
    "decode_line",
    "encode_document",
    "kind_of",
    "read_documents",
    "read_result",
    "run_folder",
    "run_folders",
    "scan_id_of",
    "utc_now",
    "write_result",
]
