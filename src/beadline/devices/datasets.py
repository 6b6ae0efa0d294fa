"""How the documents of a run describe the datasets of its files."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from event_model import DataKey
from ophyd_async.core import StreamResourceDataProvider, StreamResourceInfo


class Dataset(StreamResourceInfo):
    """A dataset of a file, with the names of its axes."""

    dims: tuple[str, ...] = ()


class FileProvider(StreamResourceDataProvider):
    """Describes single frames without a leading axis of one, so that a file longer than its documents still reads."""

    async def make_datakeys(self, collections_per_event: int) -> dict[str, DataKey]:
        keys = await super().make_datakeys(collections_per_event)
        for resource in self.resources:
            key = keys[resource.data_key]
            dims = resource.dims if isinstance(resource, Dataset) else ()
            if collections_per_event == 1:
                key["shape"] = list(resource.shape)
                key["dtype"] = "array" if resource.shape else "number"
            else:
                dims = ("frame", *dims)
            key["dims"] = list(dims)
        return keys


def dataset(
    data_key: str,
    path: str,
    shape: Sequence[int],
    dtype: np.dtype[Any],
    dims: Sequence[str],
    *,
    rows_per_chunk: int = 256,
) -> Dataset:
    """Describe one dataset with rows of the given shape; `rows_per_chunk` is what readers are told, not the file's."""
    return Dataset(
        data_key=data_key,
        shape=tuple(shape),
        chunk_shape=(rows_per_chunk, *shape),
        dtype_numpy=dtype.str,
        parameters={"dataset": path},
        dims=tuple(dims),
    )


def stamps(name: str) -> list[Dataset]:
    """Describe the datasets that say which frame a row is and when it was taken."""
    return [
        dataset(f"{name}-frame_id", "/frame_id", (), np.dtype("<i8"), (), rows_per_chunk=4096),
        dataset(f"{name}-device_time_s", "/device_time_s", (), np.dtype("<f8"), (), rows_per_chunk=4096),
        dataset(f"{name}-host_time_s", "/host_time_s", (), np.dtype("<f8"), (), rows_per_chunk=4096),
    ]
